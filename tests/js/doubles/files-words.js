// @ts-check
/** How the file calls of each mini-program are made, what they tell, and how they refuse. */

/** @import { DiskKind, FileRefusal, Reason } from './files-disk.js' */

/**
 * @typedef {object} Place
 * @property {DiskKind} disk
 * @property {boolean} [isReturning] Whether the calls that answer at once take one object, and return what
 *   they refuse.
 * @property {(name: string, refusal: FileRefusal) => object} told What a refused call tells.
 * @property {(root: string) => object} env Where the folder of the person is told.
 */

const MEGABYTE = 1024 * 1024

/** @type {Readonly<Record<Reason, [errno: number | undefined, text: (path: string) => string]>>} */
const WECHAT = {
  missing: [1_300_002, path => `no such file or directory "${path}"`],
  exists: [1_301_005, path => `file already exists ${path}`],
  denied: [1_300_013, path => `permission denied, open "${path}"`],
  quota: [1_300_202, () => 'the maximum size of the file storage limit is exceeded'],
  io: [1_300_005, () => 'Input/output error'],
  long: [1_300_036, () => 'File name too long'],
  data: [undefined, () => 'invalid data'],
  empty: [1_301_002, () => 'data to write is empty'],
  position: [1_301_006, () => 'the value of "position" is out of range'],
  length: [1_301_007, () => 'the value of "length" is out of range'],
}

/** @type {Place['told']} */
function wechatTold(name, { reason, path }) {
  const [errno, text] = WECHAT[reason]
  return { errMsg: `${name}:fail ${text(path)}`, ...(errno === undefined ? {} : { errno }) }
}

/** Douyin: the text lies in `message`, the number in `errNo`. @type {Place['told']} */
function douyinTold(name, { reason, path }) {
  const texts = /** @type {Partial<Record<Reason, [number, string]>>} */ ({
    missing: [21_102, `no such file or directory, ${name} ${path}`], denied: [21_101, `permission denied, ${name}`],
    quota: [21_103, 'user dir saved file size limit exceeded'] })
  const [errNo, text] = texts[reason] ?? [21_100, 'operation not permitted']
  return { message: `${name}:fail ${text}`, errNo }
}

/** @type {Place['told']} */
function alipayTold(_, { reason }) {
  const texts = /** @type {Partial<Record<Reason, [number, string]>>} */ ({
    missing: [10_022, '文件/目录不存在'], exists: [10_025, '目标已存在'], denied: [10_024, '指定的路径没有写权限'],
    quota: [10_028, '文件夹超过 50M'], data: [90_000, '数据类型错误'] })
  const [error, errorMessage] = texts[reason] ?? [3, '文件写入失败']
  return { error, errorMessage, success: false }
}

/** @type {(root: string) => object} */
const env = root => ({ env: { USER_DATA_PATH: root } })

/** @type {(root: string, totalLimit: number, renames?: DiskKind['renames']) => Place} */
const likeWechat = (root, totalLimit, renames = 'over') =>
  ({ disk: { root, totalLimit, renames }, told: wechatTold, env })

/** @type {(renames: DiskKind['renames']) => Place} */
const alipay = renames => ({
  disk: { root: 'https://usr', totalLimit: 50 * MEGABYTE, fileLimit: 10 * MEGABYTE, keepsBase64Only: true, renames },
  isReturning: true,
  told: alipayTold,
  env,
})

/** The places; of some it is not known what a rename over a file does, so that both are tried. */
export const FILE_PLACES = Object.freeze({
  wechat: likeWechat('wxfile://usr', 200 * MEGABYTE),
  'wechat that removes before it renames': likeWechat('wxfile://usr', 200 * MEGABYTE, 'removes'),
  'wechat that refuses to rename over': likeWechat('wxfile://usr', 200 * MEGABYTE, 'refuses'),
  devtools: likeWechat('http://usr', 200 * MEGABYTE),
  qq: likeWechat('qqfile://usr', 10 * MEGABYTE),
  baidu: likeWechat('bdfile://usr', 10 * MEGABYTE),
  kuaishou: likeWechat('ksfile://usr', 200 * MEGABYTE),
  douyin: /** @type {Place} */ ({
    disk: { root: 'ttfile://user', totalLimit: 10 * MEGABYTE, chargesWhole: true, renames: 'over' },
    told: douyinTold,
    env: root => ({ getEnvInfoSync: () => ({ common: { USER_DATA_PATH: root } }) }),
  }),
  alipay: alipay('over'),
  'alipay simulator': alipay('refuses'),
})

/** @typedef {keyof typeof FILE_PLACES} FilePlace */
