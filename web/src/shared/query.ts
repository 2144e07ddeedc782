/** State in the URL: reads and writes the query of the present address. */
import { computed, type WritableComputedRef } from 'vue'
import { useRoute, useRouter, type LocationQueryValue } from 'vue-router'

export function listOf(value: LocationQueryValue | LocationQueryValue[] | undefined): string[] {
  return (Array.isArray(value) ? value : [value]).filter((one): one is string => typeof one === 'string' && one !== '')
}

export interface Query {
  text: (name: string, otherwise?: string) => WritableComputedRef<string>
  list: (name: string) => WritableComputedRef<string[]>
  set: (values: Record<string, string | string[] | undefined>, push?: boolean) => void
}

/** Empty values leave the address; what is set is a step back unless `push` is false. */
export function useQuery(): Query {
  const route = useRoute()
  const router = useRouter()

  function set(values: Record<string, string | string[] | undefined>, push = true): void {
    const merged = { ...route.query, ...values }
    const query = Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined && value !== '' && (!Array.isArray(value) || value.length > 0)))
    void (push ? router.push({ query }) : router.replace({ query }))
  }
  return {
    text: (name, otherwise = '') =>
      computed({ get: () => listOf(route.query[name])[0] ?? otherwise, set: (value) => set({ [name]: value === otherwise ? undefined : value }) }),
    list: (name) => computed({ get: () => listOf(route.query[name]), set: (value) => set({ [name]: value }) }),
    set,
  }
}
