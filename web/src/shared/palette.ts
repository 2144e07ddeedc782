/** One palette for both themes, by cluster number: at least 3:1 on white and on #141414, told apart by every kind of sight. */
export const CLUSTER_COLOURS: readonly string[] = [
  '#E669AA', '#9A4858', '#6558F9', '#889E2A', '#C92516', '#9240C3', '#C171F6', '#556783', '#B96558', '#29A1C1', '#8E6AC7', '#429082',
]
export const UNCLUSTERED = '#808691'
