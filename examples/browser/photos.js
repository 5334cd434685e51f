// @ts-check
/**
 * Photos. A browser has no paths, so that their bytes lie in the store, under a name; the queue keeps the
 * name, and goes on with it after a reload.
 */

import { custom, form } from 'ministash'

/* global location, document, createImageBitmap -- of pages */

/** Larger than a screen needs, and a phone's photo is several times that. */
const EDGE_MAX = 1600

/**
 * @param {import('ministash').DeferredStorage} kept
 * @param {import('ministash').UploadQueue} uploads
 */
export function photosOf(kept, uploads) {
  /** @type {Map<string, string>} */
  const urls = new Map()
  return {
    /** Keeps a photo, and has it uploaded one day. @param {Blob} blob @returns {Promise<string>} Its name. */
    async take(blob) {
      const name = `${Date.now()}-${Math.random().toString(36).slice(2, 8)}.jpg`
      await kept.set(name, new Uint8Array(await (await smaller(blob)).arrayBuffer()))
      // Its end is told by `follow`: perhaps by another page than this one.
      uploads.uploadFile(name, name).catch(() => {})
      return name
    },

    /** Drops what this browser has of it. @param {string} name */
    async drop(name) {
      const upload = uploads.list().find(({ cloudPath }) => cloudPath === name)
      if (upload) uploads.cancel(upload.id)
      await kept.remove(name)
    },

    /** Where it is seen: here if it was taken here, else on the server. @param {string} name */
    async look(name) {
      const upload = uploads.list().find(({ cloudPath }) => cloudPath === name)
      const { state = 'done', progress } = upload ?? {}
      const url = urls.get(name) ?? await urlOf(name)
      urls.set(name, url)
      return { name, url, state, percent: state === 'done' ? 100 : percentOf(progress) }
    },
  }

  /** @param {string} name */
  async function urlOf(name) {
    const bytes = await kept.get(name)
    return bytes ? URL.createObjectURL(new Blob([bytes], { type: 'image/jpeg' })) : `photos/${name}`
  }
}

/**
 * The transport: the bytes behind a name, as a form.
 * @param {() => import('ministash').DeferredStorage} kept Known when the stash is open.
 */
export function photoTransport(kept) {
  const forms = form({ url: new URL('photos', location.href).href })
  return custom(async (job, how) => {
    const bytes = await kept().get(job.target, new Uint8Array())
    return forms.send({ ...job, file: { ...job.file, size: bytes.length, blob: new Blob([bytes]) } }, how)
  })
}

/** @param {import('ministash').UploadInfo['progress'] | undefined} progress */
function percentOf({ bytes = 0, total = 0 } = { bytes: 0, total: 0, speed: 0, remaining: undefined }) {
  // What was sent has not arrived before the server says so.
  return total > 0 ? Math.min(99, Math.floor(100 * bytes / total)) : 0
}

/** @param {Blob} blob @returns {Promise<Blob>} */
async function smaller(blob) {
  const picture = await createImageBitmap(blob)
  const scale = Math.min(1, EDGE_MAX / Math.max(picture.width, picture.height))
  const canvas = document.createElement('canvas')
  canvas.width = Math.round(picture.width * scale)
  canvas.height = Math.round(picture.height * scale)
  canvas.getContext('2d')?.drawImage(picture, 0, 0, canvas.width, canvas.height)
  return new Promise((resolve, reject) => {
    const take = (/** @type {Blob | null} */ made) => {
      if (made) resolve(made)
      else reject(new Error('the photo cannot be drawn'))
    }
    canvas.toBlob(take, 'image/jpeg', 0.86)
  })
}
