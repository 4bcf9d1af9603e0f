import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { help, seedOptions } from './arguments.ts'
import { SeedFault } from './fault.ts'
import { countNames } from './world-size.ts'

const refused = (words: string, message: RegExp) =>
  assert.throws(
    () => seedOptions(words.split(' ')),
    (error) => error instanceof SeedFault && message.test(error.message) && !error.message.includes('\n'),
    words,
  )

describe('the arguments of seed', () => {
  it('have defaults that follow from users and videos', () => {
    const size = { users: 30, videos: 60, likes: 600, follows: 180, comments: 240, messages: 180 }
    assert.deepEqual(seedOptions([]), { size, seed: 1, url: undefined })
    const large = seedOptions(['--users', '100', '--videos', '500'])
    assert.equal(large !== 'help' && large.size.likes, 5_000)
    assert.deepEqual(seedOptions(['--users', '4', '--videos', '3', '--seed', '9', '--url', 'http://a:1']), {
      size: { users: 4, videos: 3, likes: 4, follows: 12, comments: 12, messages: 24 },
      seed: 9,
      url: 'http://a:1',
    })
  })

  it('can ask for a world of one user and nothing else', () => {
    const size = { users: 1, videos: 0, likes: 0, follows: 0, comments: 0, messages: 0 }
    assert.deepEqual(seedOptions(['--users=1', '--videos=0']), { size, seed: 1, url: undefined })
  })

  it('are refused in one line when they cannot be meant', () => {
    refused('--user 3', /Unknown option '--user'/)
    refused('--users', /argument missing/)
    refused('more', /Unexpected argument 'more'/)
    refused('--users 3x', /--users has to be a whole number, not 3x/)
    refused('--users=-1', /--users has to be a whole number/)
    refused('--users 0', /--users .* from 1/)
    refused('--users 2000', /--users .* to 1000/)
    refused('--users 2 --videos 3 --likes 7', /--likes .* to 6 with 2 users and 3 videos/)
    refused('--users 2 --follows 3', /--follows .* to 2/)
    refused('--videos 0 --comments 1', /--comments .* to 0/)
    refused('--follows 0 --messages 1', /--messages .* only friends chat/)
    refused('--url localhost:4000', /--url has to be an http/)
    refused('--seed 1.5', /--seed has to be a whole number/)
  })

  it('are all told by --help', () => {
    assert.equal(seedOptions(['--help']), 'help')
    for (const name of [...countNames, 'seed', 'url']) assert.match(help, new RegExp(`--${name} `))
  })
})
