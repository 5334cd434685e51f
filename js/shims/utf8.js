// @ts-check
/**
 * UTF-8 where the platform has none: the mini-program build puts these two classes where the generated
 * glue of the core names the platform's own. They do what the glue asks for, and nothing of other
 * encodings.
 */

/** So many units at once: engines limit the number of arguments of a call. */
const UNITS_MOST = 4096

/** Text as UTF-8. */
export class TextEncoder {
  /**
   * Encodes; a lone surrogate becomes U+FFFD, as in the standard (WHATWG Encoding).
   * @param {string} [text]
   * @returns {Uint8Array}
   */
  encode(text = '') {
    const bytes = new Uint8Array(text.length * 3)
    return bytes.slice(0, this.encodeInto(text, bytes).written)
  }

  /**
   * Encodes as many whole characters as the bytes hold.
   * @param {string} text
   * @param {Uint8Array} bytes
   * @returns {{ read: number, written: number }}
   */
  encodeInto(text, bytes) {
    let at = 0
    for (let index = 0; index < text.length; index += 1) {
      let point = text.charCodeAt(index)
      if (point < 0x80) {
        if (at === bytes.length) return { read: index, written: at }
        bytes[at++] = point
        continue
      }
      const first = index
      if (point >= 0xD800 && point < 0xE000) {
        const next = text.charCodeAt(index + 1)
        const isPair = point < 0xDC00 && next >= 0xDC00 && next < 0xE000
        point = isPair ? 0x10000 + ((point - 0xD800) << 10) + next - 0xDC00 : 0xFFFD
        if (isPair) index += 1
      }
      const size = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
      if (at + size > bytes.length) return { read: first, written: at }
      if (point < 0x800) {
        bytes[at++] = 0xC0 | point >> 6
      } else {
        if (point < 0x10000) {
          bytes[at++] = 0xE0 | point >> 12
        } else {
          bytes[at++] = 0xF0 | point >> 18
          bytes[at++] = 0x80 | point >> 12 & 0x3F
        }
        bytes[at++] = 0x80 | point >> 6 & 0x3F
      }
      bytes[at++] = 0x80 | point & 0x3F
    }
    return { read: text.length, written: at }
  }
}

/** UTF-8 as text. */
export class TextDecoder {
  /**
   * Decodes what is UTF-8 for certain, as every text of the core is: nothing is checked.
   * @param {Uint8Array} [bytes]
   * @returns {string}
   */
  decode(bytes = new Uint8Array(0)) {
    let text = ''
    let at = 0
    while (at < bytes.length) {
      const units = []
      while (units.length < UNITS_MOST && at < bytes.length) {
        const first = Number(bytes[at++])
        if (first < 0x80) {
          units.push(first)
          continue
        }
        const more = first < 0xE0 ? 1 : first < 0xF0 ? 2 : 3
        let point = first & 0x3F >> more
        for (const end = at + more; at < end; at += 1) point = point << 6 | Number(bytes[at]) & 0x3F
        if (point < 0x10000) units.push(point)
        else units.push(0xD7C0 + (point >> 10), 0xDC00 | point & 0x3FF)
      }
      text += String.fromCharCode.apply(null, units)
    }
    return text
  }
}
