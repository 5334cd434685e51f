// @ts-check
/** The guide: what changes seldom and is asked for often, so that a cache has something to do. */

import { createHash } from 'node:crypto'

/**
 * @typedef {object} Place
 * @property {string} id
 * @property {[from: string, to: string]} tint The colours of its card.
 * @property {Record<'zh' | 'en', [name: string, season: string, tip: string]>} words
 */

/** @type {readonly Place[]} */
const PLACES = [
  { id: 'dali', tint: ['#3f7cac', '#95d0e8'], words: {
    zh: ['大理', '三月 – 五月', '清早沿洱海骑行，风在午后才起'],
    en: ['Dali', 'March – May', 'Cycle round the lake early: the wind comes at noon'] } },
  { id: 'kyoto', tint: ['#a23b52', '#f2a48f'], words: {
    zh: ['京都', '十一月', '东福寺要赶在开门前，红叶才是自己的'],
    en: ['Kyoto', 'November', 'Be at Tōfuku-ji before it opens, and the maples are yours'] } },
  { id: 'lisbon', tint: ['#d98324', '#f6d186'], words: {
    zh: ['里斯本', '四月 – 六月', '别坐 28 路，跟着它的轨道走上去'],
    en: ['Lisbon', 'April – June', 'Do not take tram 28: walk up along its rails'] } },
  { id: 'lofoten', tint: ['#243b55', '#5f9ea0'], words: {
    zh: ['罗弗敦', '二月 – 三月', '极光要等，带一壶热茶和备用电池'],
    en: ['Lofoten', 'February – March', 'The lights let you wait: bring tea and a spare battery'] } },
  { id: 'kashgar', tint: ['#8c5a2b', '#e0b973'], words: {
    zh: ['喀什', '九月 – 十月', '周日的大巴扎，从一碗拌面开始'],
    en: ['Kashgar', 'September – October', 'The Sunday bazaar begins with a bowl of noodles'] } },
  { id: 'hoian', tint: ['#476a3f', '#c7d36f'], words: {
    zh: ['会安', '二月 – 四月', '农历十四熄灯夜，河上只有灯笼'],
    en: ['Hội An', 'February – April', 'On the 14th lunar day the lamps go out, and lanterns float'] } },
]

/** How long a device may use it without asking, in seconds. */
const FRESH_SECONDS = 60

/**
 * @param {string} language
 * @param {string | undefined} known The entity tag that the device has.
 * @returns {{ status: number, headers: Record<string, string>, body: string }}
 */
export function guide(language, known) {
  const body = JSON.stringify(PLACES.map(({ id, tint, words }) => {
    const [name, season, tip] = words[language === 'zh' ? 'zh' : 'en']
    return { id, tint, name, season, tip }
  }))
  const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 16)}"`
  const headers = { 'cache-control': `max-age=${FRESH_SECONDS}`, etag }
  if (known === etag) return { status: 304, headers, body: '' }
  return { status: 200, headers: { ...headers, 'content-type': 'application/json; charset=utf-8' }, body }
}
