// Puts a .br and a .gz beside every asset that gains by it: the server sends them as they are.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'

const gainsByIt = /\.(js|css|html|svg|json|txt)$/
const files = (folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? files(join(folder, entry.name)) : [join(folder, entry.name)],
  )

for (const file of files(process.argv[2]).filter((name) => gainsByIt.test(name))) {
  const whole = readFileSync(file)
  if (statSync(file).size < 512) continue
  writeFileSync(
    `${file}.br`,
    brotliCompressSync(whole, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: whole.length } }),
  )
  writeFileSync(`${file}.gz`, gzipSync(whole, { level: 9 }))
}
