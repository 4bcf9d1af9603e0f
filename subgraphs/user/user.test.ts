import assert from 'node:assert/strict'
import { readdir } from 'node:fs/promises'
import { describe, test } from 'node:test'
import { databases } from '../../test/testkit/databases.ts'
import { picturesFolder, picturesPath } from './index.ts'
import { failsWith, startUser } from './user-testkit.ts'

const badInput = failsWith('BAD_USER_INPUT')
const profile = 'query ($id: ID!) { user(id: $id) { id name avatar backgroundImage signature createdAt } }'

for (const database of databases)
  describe(`user on ${database.name}`, { skip: database.skip }, () => {
    const start = () => startUser({ database })

    test('who registers is signed in, and has a profile with default pictures', async () => {
      await using graph = await start()
      const { id, name, token } = await graph.register('小明')
      assert.equal(name, '小明')
      assert.equal(await graph.accepts(token), true)
      const { user } = await graph.run(profile, { id: String(id) })
      const { createdAt, avatar, backgroundImage, ...rest } = user
      assert.deepEqual(rest, { id: String(id), name: '小明', signature: '' })
      assert.match(createdAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/)
      assert.ok(Math.abs(Date.parse(createdAt) - Date.now()) < 60_000)
      const files = await readdir(picturesFolder)
      for (const address of [avatar, backgroundImage]) {
        const folder = `http://localhost:4000${picturesPath}`
        assert.equal(address.slice(0, folder.length), folder)
        assert.ok(files.includes(address.slice(folder.length)), address)
      }
      assert.equal((await graph.run('{ viewer { id } }', {}, id))['viewer'].id, String(id))
    })

    test('default pictures stay with their user, and all of them are in use', async () => {
      await using graph = await start()
      const addresses = new Set<string>()
      for (let n = 0; n < 100; n++) {
        const { id } = await graph.register(`user ${n}`)
        const { user } = await graph.run(profile, { id: String(id) })
        assert.deepEqual((await graph.run(profile, { id: String(id) }))['user'], user)
        addresses.add(user.avatar.split('/').at(-1)).add(user.backgroundImage.split('/').at(-1))
      }
      const files = await readdir(picturesFolder)
      assert.deepEqual([...addresses].sort(), files.filter((file) => !file.endsWith('.svg')).sort())
    })

    test('without a token there is no viewer, and no user has an id that was never given', async () => {
      await using graph = await start()
      assert.deepEqual(await graph.run('{ viewer { id } user(id: "4711") { id } }'), { viewer: null, user: null })
      for (const id of ['0', '-1', '01', 'x', '9007199254740992'])
        assert.equal((await graph.try(profile, { id })).errors?.[0]?.extensions['code'], 'BAD_USER_INPUT')
    })

    test('a name has 1 to 32 characters of any script', async () => {
      await using graph = await start()
      for (const name of [
        'a',
        'x'.repeat(32),
        '字'.repeat(32),
        '😀'.repeat(32),
        '👨‍👩‍👧',
        '❤️',
        'نیم‌فاصله',
        "'; drop table user; --",
      ]) {
        const { id } = await graph.register(name)
        assert.equal((await graph.login(name)).id, id)
        assert.equal((await graph.run(profile, { id: String(id) }))['user'].name, name)
      }
      const tooLong = ['x'.repeat(33), '字'.repeat(33), '😀'.repeat(33)]
      const unseen = ['', ' ', '\u3000', '\u200b', '\u3164', '\ufe0f']
      for (const name of [...tooLong, ...unseen, 'a\0b', 'a\nb', 'a\u2028b', '\u202enimda', 'a\ud800'])
        await assert.rejects(graph.register(name), badInput, JSON.stringify(name))
    })

    test('spaces around a name are dropped, and what looks the same is the same', async () => {
      await using graph = await start()
      const { id, name } = await graph.register('  Zo\u0065\u0308 \u3000')
      assert.equal(name, 'Zoë')
      for (const same of ['Zoë', 'Zoë ', ' Zoe\u0308', '\u3000Zoë']) {
        assert.equal((await graph.login(same)).id, id)
        await assert.rejects(graph.register(same), failsWith('ALREADY_EXISTS'))
      }
    })

    test('names that differ in case, accent or width are different names', async () => {
      await using graph = await start()
      const names = ['ann', 'Ann', 'ANN', 'änn', 'ａnn', 'ß', 'ss', '😀', '😁']
      const ids = new Set<number>()
      for (const name of names) ids.add((await graph.register(name)).id)
      assert.equal(ids.size, names.length)
      for (const name of names) assert.equal((await graph.login(name)).name, name)
    })

    test('a password has 1 to 32 characters, and every one of them counts', async () => {
      await using graph = await start()
      for (const [n, password] of ['x', '密'.repeat(32), '😀'.repeat(32), ' a ', 'é', 'a\0b'].entries()) {
        await graph.register(`user ${n}`, password)
        assert.equal((await graph.login(`user ${n}`, password)).name, `user ${n}`)
      }
      for (const [n, close] of [[3, 'a'] as const, [4, 'e\u0301'] as const, [5, 'a\0c'] as const])
        await assert.rejects(graph.login(`user ${n}`, close), failsWith('WRONG_CREDENTIALS'))
      for (const password of ['', 'x'.repeat(33), '😀'.repeat(33), '\ud800'])
        await assert.rejects(graph.register('somebody', password), badInput)
    })

    test('a profile changes in what is given and keeps the rest', async () => {
      await using graph = await start()
      const { id } = await graph.register('ann')
      const { avatar, backgroundImage } = (await graph.run(profile, { id: String(id) }))['user']
      const changed = { name: 'ann', avatar: 'https://example.com/a.png?b=1&c=%20', backgroundImage, signature: '' }
      assert.deepEqual(await graph.update(id, { avatar: ` ${changed.avatar}` }), changed)
      assert.deepEqual(await graph.update(id, { signature: '你好 👋', name: null }), {
        ...changed,
        signature: '你好 👋',
      })
      assert.deepEqual(await graph.update(id, { avatar: '', signature: '' }), { ...changed, avatar })
      assert.deepEqual(await graph.update(id, {}), { ...changed, avatar })
      await assert.rejects(graph.update(4_711, { signature: 'x' }), failsWith('UNAUTHENTICATED'))
      const anonymous = await graph.try('mutation { updateProfile(input: {}) { user { id } } }')
      assert.equal(anonymous.errors?.[0]?.extensions['code'], 'UNAUTHENTICATED')
    })

    test('a picture has a web address without a password, and a signature at most 200 characters', async () => {
      await using graph = await start()
      const { id } = await graph.register('ann')
      const long = `https://a.b/${'x'.repeat(489)}`
      const bad = ['javascript:alert(1)', 'data:image/png;base64,AA', '//a.b/c', 'http:a', 'https://u:p@a.b/c', long]
      for (const address of [...bad, 'https://a.b/"><script>', 'https://a.b/c d', 'ftp://a.b/c', 'picture.png'])
        for (const field of ['avatar', 'backgroundImage'])
          await assert.rejects(graph.update(id, { [field]: address }), badInput, address)
      assert.equal((await graph.update(id, { avatar: long.slice(0, 500) }))['avatar'].length, 500)
      await assert.rejects(graph.update(id, { signature: '字'.repeat(201) }), badInput)
      assert.equal((await graph.update(id, { signature: '😀'.repeat(200) }))['signature'], '😀'.repeat(200))
    })

    test('a new name frees the old one, and a taken name leaves everything as it was', async () => {
      await using graph = await start()
      const ann = await graph.register('ann')
      const bob = await graph.register('bob')
      await assert.rejects(graph.update(ann.id, { name: 'bob', signature: 'new' }), failsWith('ALREADY_EXISTS'))
      assert.equal((await graph.run(profile, { id: String(ann.id) }))['user'].signature, '')
      assert.equal((await graph.login('ann')).id, ann.id)
      for (let n = 0; n < 2; n++) assert.equal((await graph.update(ann.id, { name: ' anna ' }))['name'], 'anna')
      await assert.rejects(graph.login('ann'), failsWith('WRONG_CREDENTIALS'))
      assert.equal((await graph.update(bob.id, { name: 'ann' }))['name'], 'ann')
      assert.equal((await graph.register('bob')).name, 'bob')
      assert.equal((await graph.login('anna')).id, ann.id)
    })

    test('every field of one request sees what the earlier ones changed', async () => {
      await using graph = await start()
      const { id } = await graph.register('ann')
      const login = 'login(input: { name: "ann", password: "secret" }) { user { signature } }'
      const sign = (text: string) => `updateProfile(input: { signature: "${text}" }) { user { signature } }`
      const { a, b, c, d } = await graph.run(
        `mutation { a: ${login} b: ${sign('1')} c: ${login} d: ${sign('2')} }`,
        {},
        id,
      )
      assert.deepEqual(
        [a, b, c, d].map(({ user }) => user.signature),
        ['', '1', '1', '2'],
      )
    })

    test('a page of 30 users is one statement, in the order asked for', async () => {
      await using graph = await start()
      const ids: number[] = []
      for (let n = 0; n < 30; n++) ids.unshift((await graph.register(`user ${n}`)).id)
      const of = [...ids, 4_711].map((id) => ({ __typename: 'User', id: String(id) }))
      const page = `query ($of: [_Any!]!) { _entities(representations: $of) {
        ... on User { id name avatar backgroundImage signature createdAt } } }`
      const count = await graph.countStatements(async () => {
        const entities: ({ id: string } | null)[] = (await graph.run(page, { of }))['_entities']
        assert.deepEqual(
          entities.map((user) => user?.id),
          [...ids.map(String), undefined],
        )
      })
      assert.equal(count, 1)
    })
  })
