/** Evidence on paper: what a screen shows is numbered in the order in which it stands there, and told at the end. */
import { computed, shallowRef } from 'vue'

/** Statements that the present screen tells of, each once. */
export const noted = shallowRef<readonly string[]>([])
const numbers = computed(() => new Map(noted.value.map((id, at) => [id, at + 1])))

export const numbersOf = (ids: readonly string[]): number[] => ids.map((id) => numbers.value.get(id)).filter((one) => one !== undefined)
