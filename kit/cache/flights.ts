/** A load under way, for some keys of one reader. */
interface Flight<Value> {
  /** When it began, counted in arrivals and starts. */
  readonly start: number
  readonly leases: ReadonlyMap<number, string>
  readonly loaded: Promise<ReadonlyMap<number, Value | null>>
  /** After that nobody meets it. Never rejects. */
  readonly landed: Promise<void>
}

interface Reader<Value> {
  readonly missing: readonly { readonly key: number; readonly lease: string | undefined }[]
  readonly arrival: number
  start(keys: readonly number[]): Promise<ReadonlyMap<number, Value | null>>
  /** Must not reject. */
  store(loaded: ReadonlyMap<number, Value | null>, leases: ReadonlyMap<number, string>): Promise<void>
}

/**
 * Single flight that never hands out what is older than its reader. A reader joins a load that began after the reader
 * came, or that runs under the same lease: then the key was not dropped since the load began. Without a lease (no
 * cache) it waits for the load that is under way, and the next one serves all who waited: never more than one
 * load of a key at once, however large the herd.
 */
export class Flights<Value> {
  readonly #byKey = new Map<number, Flight<Value>>()
  #clock = 0

  /** Call it when a reader comes, before it looks anywhere. */
  arrive(): number {
    return ++this.#clock
  }

  /** Adds the values of all missing keys to `values`. @throws what the load throws */
  async join(reader: Reader<Value>, values: Map<number, Value | null>): Promise<void> {
    let rest = reader.missing
    while (rest.length > 0) {
      const joined = new Map<Flight<Value>, number[]>()
      const awaited = new Set<Flight<Value>>()
      const own: (typeof rest)[number][] = []
      const later: (typeof rest)[number][] = []
      for (const one of rest) {
        const flight = this.#byKey.get(one.key)
        if (!flight) own.push(one)
        else if (
          flight.start > reader.arrival ||
          (one.lease !== undefined && flight.leases.get(one.key) === one.lease)
        ) {
          const keys = joined.get(flight)
          if (keys) keys.push(one.key)
          else joined.set(flight, [one.key])
        } else if (one.lease !== undefined) own.push(one)
        else {
          awaited.add(flight)
          later.push(one)
        }
      }
      if (own.length > 0)
        joined.set(
          this.#begin(reader, own),
          own.map(({ key }) => key),
        )
      const landed = Promise.all([...awaited].map((flight) => flight.landed))
      await Promise.all(
        [...joined].map(async ([{ loaded }, keys]) => {
          const found = await loaded
          for (const key of keys) values.set(key, found.get(key) ?? null)
        }),
      )
      await landed
      rest = later
    }
  }

  #begin(reader: Reader<Value>, missing: Reader<Value>['missing']): Flight<Value> {
    const leases = new Map(missing.flatMap(({ key, lease }) => (lease === undefined ? [] : [[key, lease] as const])))
    const loaded = reader.start(missing.map(({ key }) => key))
    const land = () => {
      for (const { key } of missing) if (this.#byKey.get(key) === flight) this.#byKey.delete(key)
    }
    // It can be joined until its values are stored, so that nobody finds neither the load nor the value.
    const landed = loaded.then((values) => reader.store(values, leases)).then(land, land)
    const flight: Flight<Value> = { start: ++this.#clock, leases, loaded, landed }
    for (const { key } of missing) this.#byKey.set(key, flight)
    return flight
  }
}
