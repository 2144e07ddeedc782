/** Which screen shows a list that the server names by its path: `/things?kind=workshop`, `/network/gaps?links=0`. */
const SCREENS: Record<string, string> = { '/network/gaps': '/gaps' }

export function listPage(path: string): string {
  const [where = '', query] = path.split('?')
  return `${SCREENS[where] ?? where}${query ? `?${query}` : ''}`
}

export const thingPage = (id: string): string => `/t/${id}`
/** Partners of a thing, one of them opened. */
export const pairPage = (asked: string, partner: string): string => `/partners?${new URLSearchParams({ id: asked, show: partner })}`
