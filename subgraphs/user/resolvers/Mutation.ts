import { errors } from '../../../kit/errors.ts'
import { viewerOrThrow } from '../../../kit/viewer.ts'
import type { Context } from '../context.ts'
import { checkedPassword } from '../password.ts'
import { checkedName, checkedPicture, checkedSignature } from '../profile.ts'
import type { Session } from '../tables.ts'
import type { MutationResolvers, UpdateProfileInput } from '../types.generated.ts'
import { nameTaken, type ProfileChanges } from '../writes.ts'

export const Mutation: Required<MutationResolvers<Context>> = {
  async register(_, { input }, { store, writes, passwords, ids, tokens }) {
    const name = checkedName(input.name)
    const password = checkedPassword('password', input.password)
    // Asked first only because a hash is dear; the write decides.
    if ((await store.idByName(name)) !== undefined) throw nameTaken()
    const passwordHash = await passwords.hash(password)
    const user = await writes.register({ id: ids.next(), name, passwordHash })
    return { user, token: await tokens.sign(sessionOf(user)) }
  },

  async login(_, { input }, { store, passwords, loaders, tokens }) {
    const name = checkedName(input.name)
    const password = checkedPassword('password', input.password)
    const known = await store.credentialsByName(name)
    if (!(await passwords.matches(known?.password_hash, password)) || !known) throw errors.wrongCredentials()
    const user = await loaders.userById.load(known.id)
    if (!user) throw errors.wrongCredentials()
    // The version that was read with the password: if the password was changed since, this token is already void.
    return { user, token: await tokens.sign({ userId: known.id, version: known.session_version }) }
  },

  async logout(_, __, { viewer, writes, news }) {
    const user = await writes.endSessions(viewerOrThrow(viewer).id)
    if (!user) throw errors.unauthenticated()
    await news.ended(user)
    return { user }
  },

  async changePassword(_, { input }, { viewer, store, writes, passwords, tokens, news }) {
    const { id } = viewerOrThrow(viewer)
    const current = checkedPassword('currentPassword', input.currentPassword)
    const next = checkedPassword('newPassword', input.newPassword)
    const known = await store.credentialsById(id)
    if (!known) throw errors.unauthenticated()
    if (!(await passwords.matches(known.password_hash, current))) throw errors.wrongCredentials()
    const user = await writes.changePassword(id, known.password_hash, await passwords.hash(next))
    if (!user) throw errors.wrongCredentials() // another change came first
    await news.ended(user)
    return { user, token: await tokens.sign(sessionOf(user)) }
  },

  async updateProfile(_, { input }, { viewer, writes, loaders }) {
    const user = await writes.updateProfile(viewerOrThrow(viewer).id, changesOf(input))
    if (!user) throw errors.unauthenticated()
    loaders.userById.clear(user.id) // an earlier field of the same request may have read the old profile
    return { user }
  },
}

const sessionOf = ({ id, session_version }: Session) => ({ userId: id, version: session_version })

/** Null is as good as left out: no field of a profile can be nothing. */
const changesOf = ({ name, avatar, backgroundImage, signature }: UpdateProfileInput): ProfileChanges => ({
  ...(name != null && { name: checkedName(name) }),
  ...(avatar != null && { avatar: checkedPicture('avatar', avatar) }),
  ...(backgroundImage != null && { background: checkedPicture('backgroundImage', backgroundImage) }),
  ...(signature != null && { signature: checkedSignature(signature) }),
})
