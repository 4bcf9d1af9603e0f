import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { picturesFolder } from './pictures.ts'

// Run by hand after a drawing was changed: `node subgraphs/user/render-pictures.ts`. The old app's image loader reads no SVG.
for (const file of await readdir(picturesFolder)) {
  const [name, ending] = file.split('.')
  if (ending !== 'svg' || name === undefined) continue
  const drawing = sharp(join(picturesFolder, file), { density: 144 })
  await (name.startsWith('avatar')
    ? drawing
        .resize(256, 256)
        .png({ palette: true, colours: 128, effort: 10 })
        .toFile(join(picturesFolder, `${name}.png`))
    : drawing
        .resize(1080, 720)
        .jpeg({ quality: 80, mozjpeg: true })
        .toFile(join(picturesFolder, `${name}.jpg`)))
}
