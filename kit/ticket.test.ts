import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { codeOf } from './errors.ts'
import { signTicket, type UploadTicket, verifyTicket } from './ticket.ts'

const key = Buffer.alloc(32, 7)
const ticket: UploadTicket = { uploadId: '123', ownerId: '9007199254740991', maxBytes: 2 ** 29, expiresAt: 5_000 }
const refused = (text: string, message: RegExp, now = 0, signer = key) =>
  assert.throws(
    () => verifyTicket(text, signer, now),
    (error) => codeOf(error) === 'FORBIDDEN' && error instanceof Error && message.test(error.message),
  )

describe('upload tickets', () => {
  it('carry every field through, in a text that needs no escaping', () => {
    const id = fc.string({ unit: fc.constantFrom(...'azAZ09-_'), minLength: 1, maxLength: 64 })
    fc.assert(
      fc.property(
        fc.record(
          { uploadId: id, ownerId: id, maxBytes: fc.maxSafeNat(), expiresAt: fc.maxSafeNat() },
          { noNullPrototype: true },
        ),
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        (given, signer) => {
          fc.pre(given.expiresAt > 0)
          const text = signTicket(given, signer)
          assert.equal(encodeURIComponent(text), text)
          assert.deepEqual(verifyTicket(text, signer, given.expiresAt - 1), given)
        },
      ),
    )
  })

  it('are refused from the moment they expire', () => {
    const text = signTicket(ticket, key)
    assert.deepEqual(verifyTicket(text, key, 4_999), ticket)
    refused(text, /expired/, 5_000)
  })

  it('are refused when any character is changed, left out or added', () => {
    const text = signTicket(ticket, key)
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.constantFrom(...'a0Z_.-', ''), (at, other) => {
        fc.pre(other !== text[at])
        refused(text.slice(0, at) + other + text.slice(at + 1), /not valid/)
      }),
    )
    refused(`${text}a`, /not valid/)
    fc.assert(fc.property(fc.string(), (rubbish) => refused(rubbish, /not valid/)))
  })

  it('are refused under another key, and when the same key signed something else', () => {
    const text = signTicket(ticket, key)
    refused(text, /not valid/, 0, Buffer.alloc(32, 8))
    const fields = text.slice(0, text.lastIndexOf('.'))
    refused(`${fields}.${createHmac('sha256', key).update(fields).digest('base64url')}`, /not valid/)
  })

  it('are not made from fields that cannot be written', () => {
    const wrong = [{ uploadId: 'a.b' }, { ownerId: '' }, { maxBytes: -1 }, { maxBytes: 1.5 }, { expiresAt: Number.NaN }]
    for (const fields of wrong)
      assert.throws(
        () => signTicket({ ...ticket, ...fields }, key),
        (error) => codeOf(error) === 'BAD_USER_INPUT',
      )
  })
})
