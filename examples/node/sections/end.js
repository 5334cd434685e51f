// @ts-check
/** The bill: operations, host calls, time. */

import { bold, dim, explain, say, table, time, title } from '../print.js'

/** @param {import('../tally.js').Tally} tally */
export function showCosts(tally) {
  title('What it cost')
  const side = /** @type {const} */ ('right')
  const columns = [{ head: 'verb' }, { head: 'operations', side }, { head: 'records', side },
    { head: 'host calls', side }, { head: 'time', side }, { head: 'per operation', side }]
  const rows = [...tally.rows, tally.total].map(({ verb, operations, records, hostCalls, ms }) =>
    [verb, String(operations), String(records), String(hostCalls), time(ms), time(ms / operations)])
  table(columns, [...rows.slice(0, -1), ...rows.slice(-1).map(cells => cells.map(bold))])
  explain('On a phone each host call costs about a millisecond: they are the unit of cost. Here most of '
    + 'the time of a write goes into the syncs that make it survive a power cut.')
}

/**
 * The last line, which says that all went well.
 * @param {{ run: number, claims: number, kills: number, ms: number }} summary
 */
export function sayGoodbye({ run, claims, kills, ms }) {
  say()
  say(`${bold(`All ${claims} claims hold.`)} Run ${run} took ${time(ms)}; ${kills} processes died for it.`)
  say(dim('Run it again and it goes on from here; with --reset it starts over.'))
  say()
}
