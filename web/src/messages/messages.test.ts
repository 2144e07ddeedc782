import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import en from './en.json'
import zh from './zh-CN.json'

type Tree = { [key: string]: string | Tree }

function keys(tree: Tree, before = ''): string[] {
  return Object.entries(tree).flatMap(([key, value]) => (typeof value === 'string' ? [`${before}${key}`] : keys(value, `${before}${key}.`)))
}
const leaf = (tree: Tree, key: string): unknown => key.split('.').reduce<unknown>((at, part) => (at as Tree | undefined)?.[part], tree)

function files(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((one) => (one.isDirectory() ? files(join(folder, one.name)) : [join(folder, one.name)]))
}
const SOURCES = files(join(import.meta.dirname, '..')).filter((file) => /\.(vue|ts)$/.test(file) && !/(\.test|schema)\.ts$/.test(file))

describe('messages', () => {
  it('has the same keys in both languages', () => {
    expect(keys(en)).toEqual(keys(zh))
  })
  it('fills the same places in both languages', () => {
    const places = (text: unknown): string[] => [...String(text).matchAll(/\{(\w+)\}/g)].map((found) => found[1] ?? '').sort()
    for (const key of keys(zh)) expect([key, places(leaf(en, key))]).toEqual([key, places(leaf(zh, key))])
  })
  it('has every key that the page asks for', () => {
    const known = new Set(keys(zh))
    for (const file of SOURCES) {
      for (const [, key = ''] of readFileSync(file, 'utf-8').matchAll(/\bt\('([\w.]+)'/g)) expect(known, `${file}: ${key}`).toContain(key)
    }
  })
  it('says nothing that the desk does not say', () => {
    for (const word of ['完美', '最佳', '绝配', '天作之合', '强强联合', '高度契合', '赋能', 'AI认为', '智能推荐', '百分百', '最优']) expect(JSON.stringify(zh)).not.toContain(word)
  })
})
