// @ts-check
/**
 * The files of the folder host, read as a person would who has lost the program that wrote them: by the
 * drawing of the format alone.
 */

const HEADER = /^(~ms~)(.)(.)(..)(.{12})(.{12})(.{12})(.{12})(.{8})(~)([^]*)~ms~$/

/** The file of the journal: there while a commit is under way. */
export const JOURNAL = '%7ems%7ej.record'

/** How the files of the countries begin. */
export const COUNTRIES = '%7ems%7en%2fcountries%7e'

/**
 * The name of the file of a key: `a-z 0-9 _ - .` stay, all else becomes its code.
 * @param {string} namespace '' for the default one.
 * @param {string} key
 * @returns {string}
 */
export function fileOf(namespace, key) {
  const escaped = key.replace(/[^a-z0-9_.-]/g, unit => {
    const code = unit.charCodeAt(0).toString(16)
    return code.length <= 2 ? `%${code.padStart(2, '0')}` : `%u${code.padStart(4, '0')}`
  })
  return `${namespace === '' ? '' : `%7ems%7en%2f${namespace}%7e`}${escaped}.record`
}

/**
 * Takes the content of a file apart: the line of the key, the ten fields of the header, the payload.
 * @param {Buffer} content
 * @returns {{ key: string, fields: string[], payload: string }}
 */
export function envelopeOf(content) {
  const text = content.toString('utf8')
  const lineEnd = text.indexOf('\n')
  const [, ...fields] = HEADER.exec(text.slice(lineEnd + 1)) ?? []
  return { key: text.slice(0, lineEnd), payload: fields.pop() ?? '', fields }
}
