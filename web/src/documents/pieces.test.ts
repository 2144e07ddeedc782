import { expect, it } from 'vitest'
import type { Schemas } from '../api/client'
import { pieces } from './pieces'

const mark = (id: string, start: number, end: number): Schemas['Mark'] => ({ id, start, end, clean_start: start, clean_end: end })

it('cuts where marks begin and end, the shortest first, and loses no character', () => {
  const block = { block: 0, text: '甲𠮷工作室在大连', clean: '', marks: [mark('all', 0, 8), mark('name', 1, 5)] }
  const cut = pieces(block, 'original')
  expect(cut.map((piece) => piece.text)).toEqual(['甲', '𠮷工作室', '在大连'])
  expect(cut.map((piece) => piece.statements)).toEqual([['all'], ['name', 'all'], ['all']])
})
it('keeps a text without marks whole', () => {
  expect(pieces({ block: 1, text: '无', clean: '无', marks: [] }, 'clean')).toEqual([{ text: '无', statements: [] }])
})
