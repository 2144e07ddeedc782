import { describe, expect, it } from 'vitest'
import { KINDS, queryOf, stateOf, type MapState } from './address'
import { wantedOf } from './file'

const USUAL: MapState = { filter: { place: [], trade: [], level: [], kind: [...KINDS], unknown: true }, words: '', chosen: '', clusters: [], hops: 1, view: null }
const kept = (state: MapState) => stateOf(Object.fromEntries(Object.entries(queryOf(state)).filter(([, value]) => value !== null)))

describe('the address', () => {
  it('is empty for what is usual', () => {
    expect(Object.values(queryOf(USUAL)).flat().filter((value) => value !== null)).toEqual([])
    expect(kept(USUAL)).toEqual(USUAL)
  })
  it.each<Partial<MapState>>([
    { filter: { place: ['a', 'b'], trade: ['D44'], level: ['national'], kind: ['need'], unknown: false } },
    { filter: { ...USUAL.filter, kind: [] } },
    { filter: { ...USUAL.filter, kind: ['document', 'field'] } },
    { chosen: 'cgwtuyjtet7kibwg', hops: 3, view: { x: -1.326, y: 0, scale: 6.0573 } },
    { clusters: [-1, 12], words: '焊接 & 测量=1' },
  ])('gives back %j', (change) => {
    expect(kept({ ...USUAL, ...change })).toEqual({ ...USUAL, ...change })
  })
  it('is not led astray', () => {
    const astray = stateOf({ hops: '9', cluster: 'x', view: '1,2', unknown: 'maybe', id: ['a', 'b'], kind: [null] })
    expect(astray).toEqual({ ...USUAL, chosen: 'a' })
  })
})

describe('what a file is asked for', () => {
  it('is what the screen shows', () => {
    const filter = { place: ['p'], trade: ['D44', 'C37'], level: [], kind: ['need'], unknown: true }
    const wanted = wantedOf({ ...USUAL, filter, words: '港', clusters: [3, 5] }, '图谱')
    expect(wanted).toEqual({ kind: ['need'], place: ['p', 'unknown'], trade: ['D44', 'C37', 'unknown'], level: [], cluster: ['3', '5'], words: '港', title: '图谱' })
    expect(wantedOf({ ...USUAL, filter: { ...filter, unknown: false } }, '').place).toEqual(['p'])
  })
  it('lights what is chosen instead of its cluster alone', () => {
    expect(wantedOf({ ...USUAL, chosen: 'a', hops: 2, clusters: [3] }, '长'.repeat(99))).toMatchObject({ select: 'a', hops: 2, cluster: [], title: '长'.repeat(80) })
  })
})
