// What is told, in words: pages show them, and tests need no page.

const STATES = {
  idle: ['已同步', 'calm'], syncing: ['同步中…', 'busy'], offline: ['没有网络', 'away'],
  'signed-out': ['需要登录', 'away'], locked: ['已锁定', 'away'], failed: ['连不上服务器', 'away']
}

/** How the synchronisation stands. */
function syncWords({ state, pending }) {
  const [text, tone] = STATES[state]
  if (pending === 0) return { text, tone }
  const waiting = `${pending} 处待同步`
  return state === 'idle' ? { text: waiting, tone: 'busy' } : { text: `${text} · ${waiting}`, tone }
}

/** A change that waits. */
function changeWords({ type, data }) {
  if (type === 'delete') return '删除一篇手记'
  return `${type === 'create' ? '新写' : '修改'}《${data.title || '无题'}》`
}

const UPLOADS = { waiting: '等待上传', running: '上传中', failed: '上传失败', cancelled: '已取消', done: '已上传' }

/** How an upload stands. */
const uploadWords = ({ state, percent }) => state === 'running' ? `上传中 ${percent}%` : UPLOADS[state]

/** How long ago, in milliseconds. */
function ago(ms) {
  const seconds = Math.floor(ms / 1000)
  if (seconds < 1) return '刚刚'
  if (seconds < 60) return `${seconds} 秒前`
  if (seconds < 3600) return `${Math.floor(seconds / 60)} 分钟前`
  return seconds < 86400 ? `${Math.floor(seconds / 3600)} 小时前` : `${Math.floor(seconds / 86400)} 天前`
}

/** A day, of its milliseconds. */
function day(at) {
  const date = new Date(at)
  return `${date.getMonth() + 1} 月 ${date.getDate()} 日`
}

const TINTS = ['#3f7cac, #95d0e8', '#a23b52, #f2a48f', '#d98324, #f6d186', '#243b55, #5f9ea0',
  '#8c5a2b, #e0b973', '#476a3f, #c7d36f']

/** The colours of a place, always the same ones. */
function tint(place) {
  const sum = Array.from(place).reduce((all, letter) => all + letter.codePointAt(0), 0)
  return `linear-gradient(135deg, ${TINTS[sum % TINTS.length]})`
}

module.exports = { ago, changeWords, day, syncWords, tint, uploadWords }
