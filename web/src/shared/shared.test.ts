import { expect, it } from 'vitest'
import { versionOf } from '../api/version'
import { readable } from './address'
import { asCsv, guarded } from './export'
import { listPage } from './lists'
import { codeOf, codesFor, NONE, ruleOf, rulesOf } from './rules'

it('writes rules into the address and reads the same back', () => {
  for (const code of ['differ:trade', 'differ:place:strict', 'near:city', 'at_most:city:2', 'at_least:form:1:university', 'capacity:3']) {
    const rule = ruleOf(code)
    expect(rule && codeOf(rule)).toBe(code)
  }
})
it('tells no rules from the default ones', () => {
  expect(rulesOf([])).toBeNull()
  expect(rulesOf(codesFor([]))).toEqual([])
  expect(codesFor([])).toEqual([NONE])
})
it('guards cells that begin like a formula', () => {
  expect(["'=1", '＝1', "'甲", '-'].map(guarded)).toEqual(["''=1", "'＝1", "'甲", "'-"])
  expect(asCsv([{ 名称: '=1+1', 说: '他说"好",走' }])).toBe('名称,说\r\n\'=1+1,"他说""好"",走"\r\n')
})
it('finds the screen of a list', () => {
  expect(listPage('/network/gaps?links=0')).toBe('/gaps?links=0')
  expect(listPage('/things?kind=workshop')).toBe('/things?kind=workshop')
})
it('finds the version in every ETag', () => {
  expect(versionOf('"128.5fce0161"')).toBe(128)
  expect(versionOf('W/"0b84d61039e3556e7e0573b9e65e46f5.7.5fce"')).toBe(7)
  expect(versionOf(null)).toBe(0)
})

it('reads addresses in their own characters, and leaves alone what would deceive', () => {
  expect(readable('http://a.cn/%E7%83%AD%e7%83%88')).toBe('http://a.cn/热烈')
  expect(readable('http://a.cn/?q=%26%2F')).toBe('http://a.cn/?q=%26%2F')
  expect(readable('http://a.cn/%C8%C8')).toBe('http://a.cn/%C8%C8')
  expect(readable('http://a.cn/%E2%80%AEmoc')).toBe('http://a.cn/%E2%80%AEmoc')
  expect(readable('http://a.cn/%20b')).toBe('http://a.cn/%20b')
  expect(readable('产量提高 5%E7%83%AD')).toBe('产量提高 5%E7%83%AD')
})
