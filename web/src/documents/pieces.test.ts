import { expect, it } from 'vitest'
import type { Schemas } from '../api/client'
import { pieces } from './pieces'

function read(id: string, start: number, end: number): Schemas['ReadStatement'] {
  return { id, block: 0, start, end, clean_start: start, clean_end: end } as Schemas['ReadStatement']
}

it('cuts where marks begin and end, the shortest first, and loses no character', () => {
  const block = { block: 0, text: '甲𠮷工作室在大连', clean: '' }
  const cut = pieces(block, [read('all', 0, 8), read('name', 1, 5)], 'original')
  expect(cut.map((piece) => piece.text)).toEqual(['甲', '𠮷工作室', '在大连'])
  expect(cut.map((piece) => piece.statements)).toEqual([['all'], ['name', 'all'], ['all']])
})
it('keeps a text without marks whole', () => {
  expect(pieces({ block: 1, text: '无', clean: '无' }, [read('other', 0, 1)], 'clean')).toEqual([{ text: '无', statements: [] }])
})
