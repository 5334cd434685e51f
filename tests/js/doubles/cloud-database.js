// @ts-check
/**
 * A double of WeChat's cloud database as a mini-program sees it, under the security rule that everybody has
 * what
 * is theirs: conditions must name `_openid: '{openid}'`; at most 20 documents at once; nested objects are
 * laid
 * over each other; an update changes what matches at that moment, one document after another; refusals by
 * their
 * numbers. Clients share one cloud. It can be told to refuse, to lose answers, and to show writes late.
 */

const LIMIT_MAX = 20

/** @typedef {Record<string, any>} Document */
/** @typedef {{ errCode?: number, errMsg: string }} Refused */
/**
 * What happens to a call; `applied`: it is done before it is refused, as when an answer is lost.
 * @typedef {{ refuse: Refused, applied?: boolean } | 'hang' | undefined} Mishap
 */
/** @typedef {{ number: number, name: string, openid: string, data?: any, condition?: any }} Call */

/** What `db.command` makes. */
class Command {
  /** @param {string} name @param {any} given */
  constructor(name, given) {
    this.name = name
    this.given = given
  }
}

/** What `db.serverDate()` makes. */
class ServerDate {}

/**
 * @param {{ now?: () => number, lateness?: () => number, plan?: (call: Call) => Mishap,
 *   collections?: string[] }} [options] `lateness` is after how many milliseconds readers see a write.
 */
export function cloudDatabases({ now = Date.now, lateness = () => 0, plan = () => undefined,
  collections = ['ministash'] } = {}) {
  /** Each document with what readers saw of it before. @type {Map<string, Map<string, { at: number, document:
   *  Document | undefined }[]>>} */
  const held = new Map(collections.map(name => [name, new Map()]))
  /** @type {Call[]} */
  const calls = []
  let added = 0

  /** @type {(name: string) => Map<string, { at: number, document: Document | undefined }[]>} */
  const collectionOf = name => {
    const found = held.get(name)
    if (!found) throw refusal(-502005, 'database collection not exists')
    return found
  }
  const latest = (/** @type {{ document: Document | undefined }[]} */ versions) =>
    versions[versions.length - 1]?.document
  const visible = (/** @type {{ at: number, document: Document | undefined }[]} */ versions) =>
    [...versions].reverse().find(({ at }) => at <= now())?.document

  /** @type {(call: Omit<Call, 'number'>, act: () => any) => Promise<any>} */
  const perform = async (told, act) => {
    const call = { number: calls.length + 1, ...told }
    calls.push(call)
    await new Promise(resolve => { setImmediate(resolve) })
    const mishap = plan(call)
    if (mishap === 'hang') return new Promise(() => {})
    const result = mishap && !mishap.applied ? undefined : act()
    if (mishap) throw Object.assign(new Error(mishap.refuse.errMsg), mishap.refuse)
    return { ...result, errMsg: `${told.name}:ok` }
  }

  /**
   * The database of one person.
   * @param {string} openid
   */
  const databaseOf = openid => {
    /** @type {(document: Document, field: string, given: any) => void} */
    const apply = (document, field, given) => {
      if (given instanceof ServerDate) document[field] = new Date(now())
      else if (given instanceof Command
        && given.name === 'set') document[field] = structuredClone(given.given)
      else if (given instanceof Command && given.name === 'push') {
        const { each, slice } = given.given
        const all = [...document[field], ...each]
        document[field] = slice < 0 ? all.slice(slice) : all.slice(0, slice)
      } else if (isFields(given) && isFields(document[field])) {
        for (const [name, value] of Object.entries(given)) apply(document[field], name, value)
      } else document[field] = structuredClone(given)
    }
    /** @type {(name: string, condition: any, order: string[], most: number) => any} */
    const queryOf = (name, condition, order, most) => ({
      where: (/** @type {any} */ more) => queryOf(name, more, order, most),
      orderBy: (/** @type {string} */ field, /** @type {string} */ way) => {
        if (way !== 'asc') throw new Error('the double knows asc alone')
        return queryOf(name, condition, [...order, field], most)
      },
      limit: (/** @type {number} */ count) => queryOf(name, condition, order, Math.min(count, LIMIT_MAX)),
      get: () => perform({ name: 'collection.get', openid, condition }, () => {
        checkOwn(condition)
        const found = [...collectionOf(name).values()].map(visible).filter(isThere)
          .filter(document => matches(document, condition, openid))
        found.sort((one, two) => order.reduce((less, field) => less || compare(one[field], two[field]), 0))
        return { data: structuredClone(found.slice(0, most)) }
      }),
      update: (/** @type {{ data: any }} */ { data }) =>
        perform({ name: 'collection.update', openid, condition, data }, () => {
          checkOwn(condition)
          if ('_openid' in data || '_id' in data) throw refusal(-501007, 'invalid parameters')
          let updated = 0
          for (const versions of collectionOf(name).values()) {
            const document = latest(versions)
            if (!document || !matches(document, condition, openid)) continue
            const next = structuredClone(document)
            for (const [field, given] of Object.entries(data)) apply(next, field, given)
            versions.push({ at: now() + lateness(), document: next })
            updated += 1
          }
          return { stats: { updated } }
        }),
      add: (/** @type {{ data: any }} */ { data }) => perform({ name: 'collection.add', openid, data },
        () => {
          if ('_openid' in data) throw refusal(-501007, 'invalid parameters')
          const documents = collectionOf(name)
          const _id = data._id ?? `auto-${added += 1}`
          if (latest(documents.get(_id) ?? [])) {
            throw refusal(-502001, 'database request fail. [FailedOperation] multiple write errors: '
              + `[{write errors: [{E11000 duplicate key error collection: ${name} index: _id_}]}]`)
          }
          /** @type {Document} */
          const document = { _id, _openid: openid }
          for (const [field, given] of Object.entries(data)) apply(document, field, given)
          documents.set(_id, [...documents.get(_id) ?? [], { at: now() + lateness(), document }])
          return { _id }
        }),
    })
    return {
      collection: (/** @type {string} */ name) => queryOf(name, {}, [], LIMIT_MAX),
      serverDate: () => new ServerDate(),
      command: Object.fromEntries(['gt', 'gte', 'set', 'push'].map(name =>
        [name, (/** @type {any} */ given) => new Command(name, given)])),
    }
  }

  return {
    databaseOf,
    calls,
    /** What lies in a collection, whoever sees it. @param {string} [name] */
    documents: (name = 'ministash') => [...collectionOf(name).values()].map(latest).filter(isThere),
    /** What the console of the cloud can do: anything. @param {Document} document */
    put(document) { collectionOf('ministash').set(document._id, [{ at: 0, document }]) },
    /** @param {string} id */
    remove(id) { collectionOf('ministash').delete(id) },
  }
}

/** @param {any} condition */
function checkOwn(condition) {
  if (condition._openid !== '{openid}') throw refusal(-502003, 'database permission denied')
}

/** @param {Document} document @param {any} condition @param {string} openid */
function matches(document, condition, openid) {
  return Object.entries(condition).every(([field, wanted]) => {
    const value = document[field]
    if (field === '_openid') return value === openid
    if (!(wanted instanceof Command)) return value !== undefined && compare(value, wanted) === 0
    // What has another type is neither greater nor less.
    const isAlike = kind(value) === kind(wanted.given)
    return isAlike && (compare(value, wanted.given) > 0 || (wanted.name === 'gte' && compare(value,
      wanted.given) === 0))
  })
}

/** @param {any} one @param {any} two */
function compare(one, two) {
  const [left, right] = [one, two].map(value => kind(value) === 'Date' ? Number(value) : value)
  return left < right ? -1 : left > right ? 1 : 0
}

/** @param {unknown} value */
const kind = value => Object.prototype.toString.call(value).slice(8, -1)

/** @param {unknown} value */
const isFields = value => kind(value) === 'Object' && !(value instanceof Command)

/** @param {Document | undefined} document @returns {document is Document} */
const isThere = document => document !== undefined

/** @param {number} errCode @param {string} why */
function refusal(errCode, why) {
  return Object.assign(new Error(why), { errCode, errMsg: `collection:fail ${errCode} ${why}` })
}
