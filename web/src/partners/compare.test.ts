import { expect, it } from 'vitest'
import { partsOf, toggled } from './compare'

const side = (score: number, parts: Record<string, number>) => ({
  title: '', note: '', score, parts: Object.entries(parts).map(([code, part]) => ({ code, label: code.toUpperCase(), part, value: part, weight: 1 })),
})

it('puts the parts of all beside each other, the largest first, and none that counts for nobody', () => {
  const told = partsOf([{ give: side(0.5, { a: 0.1, b: 0.4, z: 0 }), get: side(0, {}) }, { give: side(0.6, { c: 0.6, z: 0 }), get: side(0, {}) }], 'give')
  expect(told.scores).toEqual([0.5, 0.6])
  expect(told.parts.map((one) => [one.code, one.values])).toEqual([['c', [0, 0.6]], ['b', [0.4, 0]], ['a', [0.1, 0]]])
  expect(told.most).toBe(0.6)
})
it('leaves a side out that is not asked', () => {
  expect(partsOf([{ give: null, get: side(1, {}) }], 'give').scores).toEqual([undefined])
})
it('takes three and no fourth', () => {
  expect(toggled(['a', 'b'], 'c')).toEqual(['a', 'b', 'c'])
  expect(toggled(['a', 'b', 'c'], 'd')).toEqual(['a', 'b', 'c'])
  expect(toggled(['a', 'b', 'c'], 'b')).toEqual(['a', 'c'])
})
