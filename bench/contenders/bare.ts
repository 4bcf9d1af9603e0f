/** The physical limit: `node:http` sending the bytes of a file, and nothing else: node bare.ts port file */
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [port, file = ''] = process.argv.slice(2)
const body = readFileSync(file)
const headers = { 'content-type': 'application/json; charset=utf-8', 'content-length': body.length }
createServer((_request, response) => {
  response.writeHead(200, headers).end(body)
}).listen(Number(port), '127.0.0.1')
process.on('SIGTERM', () => process.exit()) // so that a profile is written
