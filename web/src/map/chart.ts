import { Cells } from './hit'

/** The graph as the server tells it (`GET /api/v1/network/map?detail=members`), and the same as arrays. */

export interface MapNode {
  id: string
  name: string
  kind: string
  x: number
  y: number
  cluster: number
  degree: number
  place: string | null
  trade: string | null
  level: string | null
}

/** A relation; its ends are places in `nodes`. */
export interface MapEdge {
  source: number
  target: number
  property: string
  /** Nobody says so: it was inferred. */
  guessed?: boolean
  /** Of a group. */
  membership?: boolean
}

/** A cluster (片区) and its disc, under the number that it keeps from version to version; below 0 what no cluster holds. */
export interface MapCluster {
  id: number
  title: string
  count: number
  x: number
  y: number
  radius: number
}

export interface MapData {
  version: number
  nodes: MapNode[]
  edges: MapEdge[]
  clusters: MapCluster[]
  /** Links between clusters by their ids; asked only while there are no nodes (`detail=discs`). */
  links?: { first: number; second: number; links: number }[]
  places: Record<string, string>
}

export interface Chart {
  data: MapData
  /** Place of each node's cluster in `data.clusters`. */
  clusterOf: Int32Array
  /** The members of each cluster, those of most links first, equal ones by id. */
  members: Uint32Array[]
  /** All nodes in that order; `rank[node]` is the node's place in it. */
  order: Uint32Array
  rank: Uint32Array
  /** Links as CSR: the neighbours of a node are `neighbour[start[node]]` … `neighbour[start[node + 1] - 1]`. */
  start: Uint32Array
  neighbour: Uint32Array
  at: Map<string, number>
  cells: Cells
}

export function chartOf(data: MapData): Chart {
  const { nodes, clusters } = data
  const places = new Map(clusters.map((cluster, at) => [cluster.id, at]))
  const clusterOf = Int32Array.from(nodes, (node) => places.get(node.cluster) ?? -1)
  const order = Uint32Array.from(nodes.keys()).sort((a, b) => before(nodes[a]!, nodes[b]!))
  const rank = new Uint32Array(nodes.length)
  const members: number[][] = clusters.map(() => [])
  order.forEach((node, place) => {
    rank[node] = place
    members[clusterOf[node]!]?.push(node)
  })
  return {
    data, clusterOf, order, rank, ...linksOf(data),
    members: members.map((list) => Uint32Array.from(list)),
    at: new Map(nodes.map((node, at) => [node.id, at])),
    cells: new Cells(nodes, rank),
  }
}

function before(a: MapNode, b: MapNode): number {
  return b.degree - a.degree || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
}

function linksOf({ nodes, edges }: MapData): Pick<Chart, 'start' | 'neighbour'> {
  const start = new Uint32Array(nodes.length + 1)
  for (const { source, target } of edges) {
    start[source + 1]!++
    start[target + 1]!++
  }
  for (let node = 0; node < nodes.length; node++) start[node + 1]! += start[node]!
  const next = start.slice()
  const neighbour = new Uint32Array(2 * edges.length)
  for (const { source, target } of edges) {
    neighbour[next[source]!++] = target
    neighbour[next[target]!++] = source
  }
  return { start, neighbour }
}

/** Links walked from a node to each other one over shown nodes, plus one; 0 where it is more than `hops`. */
export function reach(chart: Chart, from: number, hops: number, shown: Uint8Array): Uint8Array {
  const found = new Uint8Array(chart.rank.length)
  found[from] = 1
  let edge = [from]
  for (let hop = 2; hop <= hops + 1 && edge.length; hop++) {
    const next: number[] = []
    for (const node of edge) {
      for (let i = chart.start[node]!; i < chart.start[node + 1]!; i++) {
        const other = chart.neighbour[i]!
        if (!found[other] && shown[other]) {
          found[other] = hop
          next.push(other)
        }
      }
    }
    edge = next
  }
  return found
}

/** A cluster's title without its count. */
export function wordsOf(cluster: MapCluster): string {
  return cluster.title.replace(/ \d+$/u, '')
}
