/**
 * What may be known of a user. The password's hash is not in it, so that no cache can ever hold one, nor is the session
 * version: an ended session must be so at once, whatever a cache holds.
 */
export interface UserRow {
  id: number
  /** The same as in `user_name`, changed together with it. */
  name: string
  /** Empty for the default picture. */
  avatar: string
  /** Empty for the default picture. */
  background: string
  signature: string
}

/** Who a token is made for. */
export interface Session {
  readonly id: number
  /** Counts up when every token issued so far has to stop working. */
  readonly session_version: number
}

export interface UserTables {
  user: UserRow & Session & { password_hash: string }
  /**
   * Who has which name. A table of its own, because `user` is sharded by id and a unique key holds only within a shard:
   * here the name is the shard key, and the primary key decides.
   */
  user_name: { name: string; user_id: number }
}
