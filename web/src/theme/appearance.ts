/** How the page looks in this browser: light or dark, size of the type, single-letter keys. */
import { computed, ref, watchEffect } from 'vue'

export type Theme = 'auto' | 'light' | 'dark'
export const ZOOMS = [100, 125, 150] as const

function kept<T extends string>(name: string, otherwise: T): T {
  return (localStorage.getItem(`lianyin.${name}`) as T | null) ?? otherwise
}

export const theme = ref<Theme>(kept<Theme>('theme', 'auto'))
export const zoom = ref(Number(kept('zoom', '100')))
export const letters = ref(kept('letters', 'on') === 'on')

const prefersDark = matchMedia('(prefers-color-scheme: dark)')
const systemDark = ref(prefersDark.matches)
prefersDark.addEventListener('change', (event) => (systemDark.value = event.matches))
export const dark = computed(() => theme.value === 'dark' || (theme.value === 'auto' && systemDark.value))

export function appear(): void {
  watchEffect(() => {
    document.documentElement.classList.toggle('dark', dark.value)
    document.documentElement.style.setProperty('zoom', String(zoom.value / 100))
    localStorage.setItem('lianyin.theme', theme.value)
    localStorage.setItem('lianyin.zoom', String(zoom.value))
    localStorage.setItem('lianyin.letters', letters.value ? 'on' : 'off')
  })
}
