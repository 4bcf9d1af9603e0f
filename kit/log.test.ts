import assert from 'node:assert/strict'
import { test } from 'node:test'
import { redactUrl } from './log.ts'

test('addresses keep what finds a fault, and lose what nobody may read', () => {
  const addresses: [url: string, logged: string][] = [
    ['/douyin/feed/', '/douyin/feed/'],
    ['/douyin/feed/?latest_time=12&token=abc', '/douyin/feed/?latest_time=12&token=***'],
    ['/login/?username=a&PassWord=p%26q', '/login/?username=a&PassWord=***'],
    ['/login/?%70assword=p&a%74oken=1', '/login/?%70assword=***&a%74oken=1'],
    ['/login/?password=p#q', '/login/?password=***'],
    ['/login/#password=p', '/login/#password=***'],
    ['/login/?password=a?b=c', '/login/?password=***'],
    ['/chat/?to_user_id=7&content=a%20word', '/chat/?to_user_id=7&content=***'],
    ['/comment/?comment_text=a&video_id=7', '/comment/?comment_text=***&video_id=7'],
    [
      '/graphql?query={a(content:"b")}&variables={"a":1}&operationName=A',
      '/graphql?query=***&variables=***&operationName=A',
    ],
    ['/x?a&b=&%=1&token', '/x?a&b=&%=***&token'],
    ['/upload/abc.def?x=1', '/upload/***?x=1'],
    ['//upload//abc.def', '//upload//***'],
    ['/%75pload/abc.def', '***'],
    ['/upload%2Fabc.def', '***'],
    ['/media/%E7%86%8A.mp4', '/media/%E7%86%8A.mp4'],
    ['/media/%', '***'],
  ]
  for (const [url, logged] of addresses) assert.equal(redactUrl(url), logged)
})
