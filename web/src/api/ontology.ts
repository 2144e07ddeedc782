/** Kinds, properties and code lists, as the server has them; asked once. */
import { computed, shallowRef } from 'vue'
import { locale } from '../messages'
import { api, told, type Schemas } from './client'

const table = shallowRef<Schemas['Ontology']>()
let asking: Promise<void> | undefined

export function loadOntology(): Promise<void> {
  asking ??= told(api.GET('/api/v1/ontology')).then((found) => void (table.value = found))
  return asking
}

const kinds = computed(() => new Map(table.value?.kinds.map((kind) => [kind.id, kind])))
const properties = computed(() => new Map(table.value?.properties.map((property) => [property.id, property])))

interface Labelled {
  zh: string
  en: string
}

function label(one: Labelled | undefined, otherwise: string): string {
  return one === undefined ? otherwise : locale.value === 'en' ? one.en : one.zh
}

export const kindLabel = (id: string): string => label(kinds.value.get(id), id)
export const propertyLabel = (id: string): string => label(properties.value.get(id), id)
export const propertyOf = (id: string): Schemas['Property'] | undefined => properties.value.get(id)

/** Properties that a thing of this kind may have, in the ontology's order; judgements are made elsewhere. */
export function propertiesOf(kind: string): Schemas['Property'][] {
  const judged = new Set(['kind', 'same_as', 'different_from', 'refused'])
  return (table.value?.properties ?? []).filter((one) => !judged.has(one.id) && (one.on === null || one.on.includes(kind)))
}

export interface Choice {
  value: string
  label: string
}

export function codesOf(scheme: string): Choice[] {
  return (table.value?.codes[scheme] ?? []).map((code) => ({ value: code.code, label: label(code, code.code) }))
}

/** A value as it is shown: of a code its label in the page's language, of all else what the server says. */
export function valueLabel(property: string, value: string, shown: string): string {
  const scheme = propertyOf(property)?.codes
  const code = scheme ? table.value?.codes[scheme]?.find((one) => one.code === value) : undefined
  return label(code, shown)
}
