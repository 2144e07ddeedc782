import { describe, expect, it } from 'vitest'
import { CLUSTER_COLOURS, styleOf } from '../shared/palette'
import demo from './demo.json'
import { chartOf, reach, type Chart, type MapData } from './chart'
import { relationsOf } from './describe'
import { choices, shownBy } from './filter'
import { nextTowards } from './hit'
import { overlap, Ruler } from './labels'
import { painted } from './paint'
import { THEMES } from './palette'
import { drawn, planted } from './planted'
import { levelOf, sceneOf, type Look, type Scene } from './scene'
import { escaped, SvgBrush } from './svg'
import { svgOf } from './sheet'
import { between, boundsOf, fitted, rested, toMap, toScreen, viewOf, viewText, zoomed } from './viewport'

const DEMO = demo as MapData
const all = (chart: Chart) => new Uint8Array(chart.data.nodes.length).fill(1)

function look(chart: Chart, told: Partial<Look> = {}): Look {
  return { shown: all(chart), chosen: -1, hops: 1, clusters: [], ruler: new Ruler(), ...told }
}

function written(scene: Scene): string {
  const brush = new SvgBrush()
  for (const part of painted(brush, scene, THEMES.light, { left: -1e6, top: -1e6, right: 1e6, bottom: 1e6 })) void part
  return brush.toString()
}

/** Nodes at random places, so close that most labels cannot stand. */
function crowd(count: number, seed: number): MapData {
  const random = drawn(seed)
  const data = planted(count, seed)
  for (const node of data.nodes) {
    node.x = (random() - 0.5) * 20
    node.y = (random() - 0.5) * 20
    node.name = '联姻创新工作室甲乙丙丁x🧑‍🏭é'.repeat(1 + Math.floor(random() * 3)).slice(Math.floor(random() * 12))
  }
  return data
}

describe('levels', () => {
  it('go by the diameter of the disc on the screen', () => {
    expect([4.49, 4.5, 13, 13.1].map((radius) => levelOf(radius, 10))).toEqual([0, 1, 1, 2])
  })
  it('let the dots of a small disc be seen where they stand far apart', () => {
    expect([11, 12, 43, 44].map((scale) => levelOf(1.2, scale))).toEqual([0, 1, 1, 2])
  })
  it('show a disc alone, its three first names, then every name that fits', () => {
    const chart = chartOf({ ...planted(60), edges: [] })
    const one = { ...chart.data, clusters: [{ id: 0, title: '焊接 60', count: 60, x: 0, y: 0, radius: 5 }] }
    one.nodes.forEach((node) => (node.cluster = 0))
    const named = (scale: number) => sceneOf(chartOf(one), scale, look(chart)).labels.filter(({ node }) => node >= 0).length
    expect(named(8)).toBe(0)
    expect(named(20)).toBe(3)
    expect(named(120)).toBeGreaterThan(40)
  })
  it('show discs, and what the server tells of their links, before things are there', () => {
    const { clusters } = planted(300)
    const chart = chartOf({ version: 1, nodes: [], edges: [], places: {}, clusters, links: [{ first: 0, second: 2, links: 5 }] })
    const { discs, links } = sceneOf(chart, 4, look(chart))
    expect(discs.map(({ count }) => count)).toEqual(clusters.map(({ count }) => count))
    expect(links).toEqual([{ first: 0, second: 2, count: 5 }])
  })
  it('link discs while one of them is small, and members once both are large', () => {
    const chart = chartOf(planted(800))
    const [far, near] = [sceneOf(chart, 2, look(chart)), sceneOf(chart, 60, look(chart))]
    const across = chart.data.edges.filter(({ source, target }) => chart.clusterOf[source] !== chart.clusterOf[target]).length
    expect(far.links.reduce((sum, { count }) => sum + count, 0)).toBe(across)
    expect([far.full.length, near.links.length, near.full.length]).toEqual([0, 0, chart.data.edges.length])
  })
})

describe('labels', () => {
  /** Names of labels that lie over one another, found by looking at all that begin left of where one ends. */
  const over = ({ labels }: Scene) => {
    const sorted = [...labels].sort((a, b) => a.box.left - b.box.left)
    return sorted.flatMap((label, at) => {
      let end = at + 1
      while (end < sorted.length && sorted[end]!.box.left < label.box.right) end++
      return sorted.slice(at + 1, end).filter((other) => overlap(label.box, other.box)).map((other) => `${label.lines} over ${other.lines}`)
    })
  }
  it.each([1, 2, 3, 4])('never overlap on a crowd %i', (seed) => {
    const chart = chartOf(crowd(900, seed))
    for (const scale of [3, 9, 20, 46, 110]) {
      const scenes = [sceneOf(chart, scale, look(chart)), sceneOf(chart, scale, look(chart, { chosen: seed * 7, hops: 3 }))]
      expect(scenes.flatMap(over)).toEqual([])
      expect(Math.min(...scenes.map(({ labels }) => labels.length))).toBeGreaterThan(0)
    }
  })
  it('never overlap on the demo data, nor on 5,000', () => {
    for (const chart of [chartOf(DEMO), chartOf(planted(5000))]) {
      for (const scale of [2, 6, 14, 30, 70]) expect(over(sceneOf(chart, scale, look(chart)))).toEqual([])
    }
  })
  it('stand for what is chosen first, then its neighbours, then those of most links', () => {
    const chart = chartOf(crowd(400, 9))
    const chosen = chart.order.at(-1)!
    const scene = sceneOf(chart, 60, look(chart, { chosen }))
    const names = scene.labels.filter(({ node }) => node >= 0).map(({ node }) => node)
    expect(names[0]).toBe(chosen)
    expect(scene.labels[0]!.bold).toBe(true)
    expect(names.slice(1).every((node) => scene.lit![node] === 2)).toBe(true)
    const ranks = sceneOf(chart, 60, look(chart)).labels.filter(({ node }) => node >= 0).map(({ node }) => chart.rank[node]!)
    expect(ranks).toEqual([...ranks].sort((a, b) => a - b))
    expect(ranks[0]).toBe(0)
  })
  it('are cut in the middle, and keep letters and emoji whole', () => {
    const ruler = new Ruler()
    const cut = ruler.cut('首都医科大学附属北京友谊医院翟光耀工作室', 11.5 * 12)
    expect(cut.text).toBe('首都医科…翟光耀工作室')
    expect(cut.width).toBeLessThanOrEqual(11.5 * 12)
    expect(ruler.cut('王振', 100)).toEqual({ text: '王振', width: 24 })
    expect(ruler.cut('👩‍🔧'.repeat(9), 5 * 12).text).toMatch(/^(👩‍🔧)+…(👩‍🔧)+$/u)
    expect(ruler.cut('e\u0301'.repeat(40), 60).text).toMatch(/^(e\u0301)+…(e\u0301)+$/u)
    expect(ruler.cut('长'.repeat(10_000), 130).width).toBeLessThanOrEqual(130)
    expect(ruler.width(ruler.cut('a\nb', 100).text)).toBeGreaterThan(0)
  })
})

describe('colours', () => {
  it('make 48 pairs with rings, then grey', () => {
    const pairs = Array.from({ length: 48 }, (_, id) => JSON.stringify(styleOf(id)))
    expect(new Set(pairs).size).toBe(48)
    expect(styleOf(48)).toEqual(styleOf(-1))
    expect(pairs).not.toContain(JSON.stringify(styleOf(48)))
  })
  it('have a contrast of 3:1 on both papers', () => {
    const light = (hex: string) => {
      const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
      return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!
    }
    for (const colour of [...CLUSTER_COLOURS, styleOf(-1).colour]) {
      for (const { paper } of Object.values(THEMES)) {
        const [more, less] = [light(colour), light(paper)].sort((a, b) => b - a)
        expect((more! + 0.05) / (less! + 0.05), `${colour} on ${paper}`).toBeGreaterThanOrEqual(3)
      }
    }
  })
})

describe('hits', () => {
  const chart = chartOf(crowd(700, 5))
  const may = (node: number) => node % 3 > 0
  const brute = (x: number, y: number, within: number) => {
    const found = [...chart.order].filter(may).map((node) => [(chart.data.nodes[node]!.x - x) ** 2 + (chart.data.nodes[node]!.y - y) ** 2, node] as const)
    const [distance, node] = found.reduce((best, next) => (next[0] < best[0] ? next : best))
    return distance < within * within ? node : -1
  }
  it('find what looking at every node finds', () => {
    const random = drawn(11)
    for (let i = 0; i < 2000; i++) {
      const [x, y, within] = [(random() - 0.5) * 24, (random() - 0.5) * 24, random() * 1.5]
      expect(chart.cells.nearest({ x, y }, within, may)).toBe(brute(x, y, within))
    }
  })
  it('count what stands in a box', () => {
    const box = { left: -3.3, top: -1, right: 5.2, bottom: 2.7 }
    const inside = chart.data.nodes.filter(({ x, y }, node) => may(node) && x > box.left && x < box.right && y > box.top && y < box.bottom)
    expect(chart.cells.count(box, may)).toBe(inside.length)
  })
  it('go with arrows to what lies that way', () => {
    const from = { x: 0, y: 0 }
    expect(chart.data.nodes[nextTowards(chart, from, 'left', may)]!.x).toBeLessThan(0)
    expect(chart.data.nodes[nextTowards(chart, from, 'down', may)]!.y).toBeGreaterThan(0)
    expect(nextTowards(chart, { x: 99, y: 0 }, 'right', may)).toBe(-1)
  })
})

describe('filters', () => {
  const chart = chartOf(DEMO)
  const none = { place: [], trade: [], level: [], kind: [], unknown: true }
  const count = (filter: object) => shownBy(chart, { ...none, ...filter }).reduce((sum, one) => sum + one, 0)
  const told = (test: (node: MapData['nodes'][number]) => boolean) => DEMO.nodes.filter(test).length
  it('join values by OR, fields by AND, and let 未载 pass when asked to', () => {
    expect(count({})).toBe(DEMO.nodes.length)
    expect(count({ kind: ['need', 'group'] })).toBe(told(({ kind }) => kind === 'need' || kind === 'group'))
    expect(count({ kind: ['workshop'], level: ['national'], unknown: false })).toBe(told(({ kind, level }) => kind === 'workshop' && level === 'national'))
    expect(count({ trade: ['D44'], unknown: true })).toBe(told(({ trade }) => trade === 'D44' || trade === null))
  })
  it('count what each choice would show', () => {
    for (const field of ['kind', 'trade', 'level'] as const) {
      for (const { value, count: told } of choices(chart, field)) expect(count({ [field]: [value], unknown: false })).toBe(told)
    }
  })
  it('take a place for all within it', () => {
    const nodes = planted(3).nodes.map((node, at) => ({ ...node, id: `n${at}`, place: ['n1', 'n2', null][at]! }))
    const three = chartOf({ ...planted(3), nodes, edges: [{ source: 1, target: 2, property: 'within' }] })
    expect([...shownBy(three, { ...none, place: ['n2'], unknown: false })]).toEqual([1, 1, 0])
    expect(choices(three, 'place')).toEqual([{ value: 'n2', count: 2 }, { value: 'n1', count: 1 }])
  })
  it('take what they hide, and its links, off the map', () => {
    const shown = shownBy(chart, { ...none, kind: ['workshop', 'organisation'] })
    const scene = sceneOf(chart, 60, look(chart, { shown }))
    expect(scene.discs.flatMap(({ dots }) => [...dots]).every((node) => shown[node])).toBe(true)
    expect([...scene.full].every((edge) => shown[DEMO.edges[edge]!.source] && shown[DEMO.edges[edge]!.target])).toBe(true)
    expect(scene.labels.every(({ node }) => node < 0 || shown[node])).toBe(true)
  })
})

describe('choosing', () => {
  const chart = chartOf(planted(300))
  it('walks as many links as asked, over what is shown', () => {
    const chosen = chart.order[3]!
    for (const hops of [1, 2, 3]) {
      let near = new Set([chosen])
      for (let i = 0; i < hops; i++) near = new Set([...near, ...chart.data.edges.flatMap(({ source, target }) => (near.has(source) ? [target] : near.has(target) ? [source] : []))])
      const found = reach(chart, chosen, hops, all(chart))
      expect([...found.keys()].filter((node) => found[node])).toEqual([...near].sort((a, b) => a - b))
    }
  })
  it('shows neighbours as dots even where discs are too small for dots', () => {
    const chosen = chart.order[3]!
    const scene = sceneOf(chart, 1, look(chart, { chosen }))
    const dots = scene.discs.flatMap((disc) => [...disc.dots])
    expect(dots.sort((a, b) => a - b)).toEqual([...scene.lit!.keys()].filter((node) => scene.lit![node]))
    expect(scene.full.length).toBeGreaterThan(0)
  })
})

describe('views', () => {
  const size = { width: 640, height: 480 }
  it('turn map to screen and back, and zoom about a point', () => {
    const view = { x: 3, y: -2, scale: 7 }
    const at = { x: 100, y: 333 }
    expect(toScreen(view, size, toMap(view, size, at)).x).toBeCloseTo(at.x)
    const [before, after] = [toMap(view, size, at), toMap(zoomed(view, size, 2.5, at), size, at)]
    expect([after.x, after.y]).toEqual([expect.closeTo(before.x), expect.closeTo(before.y)])
  })
  it('fit everything, and come to rest on what an address can tell', () => {
    const { clusters } = DEMO
    const view = rested(fitted(boundsOf(clusters), size))
    for (const { x, y, radius } of clusters) {
      expect(Math.abs(toScreen(view, size, { x, y }).x - size.width / 2) + radius * view.scale).toBeLessThan(size.width / 2)
    }
    expect(viewOf(viewText(view))).toEqual(view)
    expect(rested(rested(view))).toEqual(view)
    for (const text of ['', '1,2', '1,2,x', '1,2,0', '1,2,1e9', 'NaN,0,1', '1,2,3,4', ',,5']) expect(viewOf(text)).toBeNull()
  })
  it('run from one to the other', () => {
    const [from, to] = [{ x: 0, y: 0, scale: 2 }, { x: 10, y: 4, scale: 32 }]
    expect(between(from, to, 0)).toEqual(from)
    expect(between(from, to, 1)).toEqual({ x: 10, y: 4, scale: expect.closeTo(32) })
  })
})

describe('lines', () => {
  it('are solid where told, dashed where guessed, double for members of a group', () => {
    const data = planted(4)
    data.nodes.forEach((node, at) => Object.assign(node, { kind: 'workshop', x: at, y: 0, cluster: 0 }))
    data.clusters = [{ id: 0, title: '甲 4', count: 4, x: 1.5, y: 0, radius: 2 }]
    data.edges = [{ source: 0, target: 1, property: 'host' }, { source: 1, target: 2, property: 'place', guessed: true }, { source: 2, target: 3, property: 'lead', membership: true }]
    const chart = chartOf(data)
    const paths = written(sceneOf(chart, 100, look(chart))).split('\n').filter((part) => /<path d="M[^"A]*L/u.test(part) && !part.includes('Z'))
    const dashed = (path: string) => path.includes('stroke-dasharray="4 3"')
    expect(paths.map((path) => [dashed(path), path.match(/M/gu)!.length])).toEqual([[true, 1], [false, 2], [false, 1]])
    expect(relationsOf(chart, 1).map(({ property, guessed }) => [property, guessed])).toEqual([['host', false], ['place', true]])
  })
})

describe('the picture', () => {
  it('is the same for the same data and view', () => {
    const again = JSON.parse(JSON.stringify(DEMO)) as MapData
    const [a, b] = [chartOf(DEMO), chartOf(again)]
    for (const told of [{}, { chosen: 100, hops: 2 }, { clusters: [3, 7] }]) expect(written(sceneOf(a, 20, look(a, told)))).toBe(written(sceneOf(b, 20, look(b, told))))
  })
  it('is the same when the server tells nodes in another order', () => {
    const turned = [...DEMO.nodes].reverse()
    const last = DEMO.nodes.length - 1
    const edges = DEMO.edges.map((edge) => ({ ...edge, source: last - edge.source, target: last - edge.target }))
    const [a, b] = [chartOf(DEMO), chartOf({ ...DEMO, nodes: turned, edges })]
    const names = (scene: Scene) => scene.labels.map(({ lines, box }) => [lines, box])
    expect(names(sceneOf(a, 30, look(a)))).toEqual(names(sceneOf(b, 30, look(b))))
  })
  it('goes out as SVG in which names are text', () => {
    const data = planted(40)
    data.nodes.forEach((node) => (node.name = '<script>alert("1")</script>&\u0000'))
    const chart = chartOf(data)
    const sheet = { title: '图谱 <b>', filters: '行业：焊接', kinds: [{ kind: 'workshop', name: '工作室' }], lines: { told: '明载', guessed: '推断', membership: '团组成员' }, footer: '第128版' }
    const svg = svgOf(sceneOf(chart, 60, look(chart)), { x: 0, y: 0, scale: 60 }, { width: 640, height: 480 }, sheet, new Ruler())
    expect(svg).not.toMatch(/<script|<b>|\u0000/u)
    for (const said of ['第128版', '明载', '推断', '团组成员']) expect(svg).toContain(said)
    expect(escaped('a<b>&"\'')).toBe('a&#60;b&#62;&#38;&#34;&#39;')
  })
})
