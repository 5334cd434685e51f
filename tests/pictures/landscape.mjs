// Landscapes for the pictures of the examples: painted, so that nobody's photo has to lie in the repository.
// @ts-check

/**
 * The colours of the sky, from the ground up, of the sun and where it stands, and of the hills, the farthest
 * first.
 * @typedef {{ sky: [low: string, high: string], sun: [x: number, y: number, colour: string], hills: string[]
 *   }} Scene
 */

/** @type {Readonly<Record<'lake' | 'temple' | 'aurora' | 'dunes' | 'coast', Scene>>} */
const SCENES = {
  lake: { sky: ['#fbd9b0', '#7fb6cf'], sun: [620, 150, '#fff4d8'],
    hills: ['#8fb3bd', '#5e8f9e', '#33697a', '#1d4a57'] },
  temple: { sky: ['#f6c7a0', '#d9795f'], sun: [240, 170, '#ffe9c9'],
    hills: ['#c46a55', '#9c4146', '#6d2a38', '#41202c'] },
  aurora: { sky: ['#0f2038', '#1f6b66'], sun: [560, 110, '#d7fff0'],
    hills: ['#16424f', '#113241', '#0c2432', '#071722'] },
  dunes: { sky: ['#ffe3b3', '#f2a65a'], sun: [420, 140, '#fff6df'],
    hills: ['#e0a458', '#c67f3b', '#9c5a2a', '#6b3b1f'] },
  coast: { sky: ['#d7ecf4', '#74a9cf'], sun: [180, 120, '#ffffff'],
    hills: ['#a3c4a8', '#6f9f7d', '#46785c', '#2a5242'] },
}

/**
 * A landscape as SVG, 800 by 600.
 * @param {keyof typeof SCENES} name
 */
export function landscape(name) {
  const { sky: [low, high], sun: [x, y, colour], hills } = SCENES[name]
  // No two have the same hills.
  const turn = Object.keys(SCENES).indexOf(name) * 1.9
  const ridges = hills.map((fill, at) => {
    const base = 300 + at * 75
    const points = Array.from({ length: 21 }, (_, step) => {
      const height = Math.sin(step * 0.55 + at * 2.1 + turn) * (60 - at * 9)
        + Math.sin(step * 1.27 + at * 4.7 - turn) * 22
      return `${step * 40},${Math.round(base - height)}`
    })
    return `<polygon fill="${fill}" points="0,600 ${points.join(' ')} 800,600"/>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg" width="800" height="600" viewBox="0 0 800 600"><defs>
<linearGradient id="s" x1="0" y1="1" x2="0" y2="0">
<stop stop-color="${low}"/><stop offset="1" stop-color="${high}"/></linearGradient>
<radialGradient id="g"><stop stop-color="${colour}" stop-opacity=".9"/>
<stop offset="1" stop-color="${colour}" stop-opacity="0"/></radialGradient></defs>
<rect width="800" height="600" fill="url(#s)"/><circle cx="${x}" cy="${y}" r="190" fill="url(#g)"/>
<circle cx="${x}" cy="${y}" r="44" fill="${colour}"/>${ridges.join('')}</svg>`
}
