/** The look of clusters. One palette for both themes: at least 3:1 on white and on #141414, told apart by every kind of sight. */
export const CLUSTER_COLOURS: readonly string[] = [
  '#E669AA', '#9A4858', '#6558F9', '#889E2A', '#C92516', '#9240C3', '#C171F6', '#556783', '#B96558', '#29A1C1', '#8E6AC7', '#429082',
]
const UNCLUSTERED = '#808691'

export const RINGS = ['solid', 'dashed', 'dotted', 'double'] as const
export type Ring = (typeof RINGS)[number]

export interface Style {
  colour: string
  ring: Ring
}

/** The look of a cluster by its number: 48 pairs of colour and ring, then grey. What no cluster holds (below 0) is grey too. */
export function styleOf(cluster: number): Style {
  const turn = Math.floor(cluster / CLUSTER_COLOURS.length)
  const ring = cluster < 0 ? undefined : RINGS[turn]
  return ring ? { colour: CLUSTER_COLOURS[cluster % CLUSTER_COLOURS.length]!, ring } : { colour: UNCLUSTERED, ring: 'solid' }
}
