/** A made-up map of any size, the same for the same seed: clusters of uneven size as discs that do not overlap, members on a sunflower. */

import type { MapData, MapEdge, MapNode } from './chart'

const KINDS = ['workshop', 'workshop', 'person', 'person', 'person', 'organisation', 'organisation', 'need', 'group', 'document', 'field']
const TRADES = ['C34', 'C37', 'D44', 'P83', 'B07', 'C38', null, null]
const LEVELS = ['national', 'provincial', 'municipal', null]
const WORDS = ['港航工程', '测量', '焊接', '热处理', '数控', '电力系统', '继电保护', '炼钢', '轴承', '铸造', '检测', '桥梁', '采油', '阀门', '物流', '电气']
const NAMES = ['大连', '沈阳', '鞍山', '抚顺', '本溪', '丹东', '锦州', '营口', '阜新', '辽阳', '盘锦', '铁岭']
const ENDS: Record<string, string> = { workshop: '劳模创新工作室', person: '工程师', organisation: '装备制造有限公司', need: '变形控制需求', group: '技术联盟' }
const GOLDEN = Math.PI * (3 - Math.sqrt(5))

/** mulberry32: numbers from 0 to 1, the same on every machine. */
export function drawn(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export function planted(count: number, seed = 1): MapData {
  const random = drawn(seed)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
  const clusters = discsOf(sizes(count, random), pick)
  const nodes: MapNode[] = []
  for (const { id, count: members, x, y } of clusters) {
    for (let place = 0; place < members; place++) {
      const [turn, far] = [place * GOLDEN, 0.62 * Math.sqrt(place + 0.5)]
      const kind = pick(KINDS)
      nodes.push({
        id: `t${String(nodes.length).padStart(6, '0')}`, kind, cluster: id, degree: 0,
        name: `${pick(NAMES)}${pick(WORDS)}${pick(NAMES)}${ENDS[kind] ?? pick(WORDS)}`,
        x: x + far * Math.cos(turn), y: y + far * Math.sin(turn), place: null, trade: pick(TRADES), level: pick(LEVELS),
      })
    }
  }
  const edges = linked(nodes, clusters, random)
  return { version: 1, nodes, edges, clusters, places: {} }
}

function sizes(count: number, random: () => number): number[] {
  const found: number[] = []
  for (let left = count; left > 0; ) {
    const size = Math.min(left, Math.max(2, Math.round(12 / (0.06 + random()))))
    found.push(size)
    left -= size
  }
  return found.sort((a, b) => b - a)
}

/** Discs on a spiral outwards, each at the first point of it that is free. */
function discsOf(members: number[], pick: <T>(list: readonly T[]) => T): MapData['clusters'] {
  const placed: MapData['clusters'] = []
  let from = 0
  members.forEach((count, id) => {
    const radius = 0.62 * Math.sqrt(count) + 0.5
    for (let step = from; ; step++) {
      const [turn, far] = [step * GOLDEN, 1.6 * Math.sqrt(step)]
      const [x, y] = [far * Math.cos(turn), far * Math.sin(turn)]
      if (placed.some((other) => Math.hypot(other.x - x, other.y - y) < other.radius + radius + 1)) continue
      from = Math.max(0, step - 200)
      placed.push({ id, title: `${pick(WORDS)}·${pick(WORDS)} ${count}`, count, x, y, radius })
      return
    }
  })
  return placed
}

function linked(nodes: MapNode[], clusters: MapData['clusters'], random: () => number): MapEdge[] {
  const first: number[] = []
  clusters.reduce((sum, { count }, at) => ((first[at] = sum), sum + count), 0)
  const edges: MapEdge[] = []
  nodes.forEach((node, source) => {
    for (let i = 0; i < 1 + Math.floor(random() * 2); i++) {
      const { count } = clusters[node.cluster]!
      const inside = random() < 0.85
      const target = inside ? first[node.cluster]! + Math.floor(random() ** 2 * count) : Math.floor(random() * nodes.length)
      if (target === source) continue
      edges.push({ source, target, property: 'employer', membership: random() < 0.1, guessed: random() < 0.1 })
      node.degree++
      nodes[target]!.degree++
    }
  })
  return edges
}
