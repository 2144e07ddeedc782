/** Every text of the page, in two files; what the server says comes in the asked language. */
import { computed } from 'vue'
import { createI18n } from 'vue-i18n'
import en from './en.json'
import zh from './zh-CN.json'

export type Language = 'zh-CN' | 'en'
const KEPT = 'lianyin.language'
const kept = globalThis.localStorage?.getItem(KEPT)

export const i18n = createI18n({
  legacy: false,
  locale: kept === 'en' ? 'en' : 'zh-CN',
  fallbackLocale: 'zh-CN',
  messages: { 'zh-CN': zh, en },
  missingWarn: false,
  fallbackWarn: false,
})

export const locale = computed<Language>({
  get: () => i18n.global.locale.value as Language,
  set: (language) => {
    i18n.global.locale.value = language
    localStorage.setItem(KEPT, language)
    document.documentElement.lang = language
  },
})

export function t(key: string, values: Record<string, unknown> = {}): string {
  return i18n.global.t(key, values)
}

/** Numbers as they are read here: 1,469. */
export const number = (value: number): string => new Intl.NumberFormat(locale.value).format(value)

/** A moment in the person's own time: 11-25 20:46, of another year with it. */
export function moment(iso: string): string {
  const time = new Date(iso)
  const year = time.getFullYear() === new Date().getFullYear() ? undefined : 'numeric'
  return new Intl.DateTimeFormat(locale.value, { year, month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hour12: false }).format(time)
}
