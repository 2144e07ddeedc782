/** The last change, for the header. */
import { computed, type ComputedRef } from 'vue'
import { api, told, type Schemas } from '../api/client'
import { useLoad } from '../api/load'

export function useLatest(): ComputedRef<Schemas['ChangeInWords'] | undefined> {
  const { data } = useLoad(
    () => 'latest',
    (_, signal) => told(api.GET('/api/v1/changes', { params: { query: { limit: 1 } }, signal })),
  )
  return computed(() => data.value?.rows[0])
}
