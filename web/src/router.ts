/** The screens, each a file of its own that is loaded when it is opened. */
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'
import { api, told, unreachable } from './api/client'
import { showRefusal } from './api/refusal'
import { t } from './messages'

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: () => import('./home/HomeScreen.vue') },
  { path: '/map', name: 'map', component: () => import('./map/MapScreen.vue') },
  { path: '/partners', name: 'partners', component: () => import('./partners/PartnersScreen.vue') },
  { path: '/group', name: 'group', component: () => import('./groups/GroupScreen.vue') },
  { path: '/things', name: 'things', component: () => import('./things/ThingsScreen.vue') },
  { path: '/counted', name: 'counted', component: () => import('./things/CountedScreen.vue') },
  { path: '/shortlists', name: 'shortlists', component: () => import('./shortlists/ShortlistsScreen.vue') },
  { path: '/pairs', name: 'pairs', component: () => import('./things/PairsScreen.vue') },
  { path: '/unnamed', name: 'unnamed', component: () => import('./things/UnnamedScreen.vue') },
  { path: '/gaps', name: 'gaps', component: () => import('./things/GapsScreen.vue') },
  { path: '/t/:id', name: 'thing', component: () => import('./thing/ThingScreen.vue') },
  { path: '/d', name: 'documents', component: () => import('./documents/DocumentsScreen.vue') },
  { path: '/d/:id', name: 'document', component: () => import('./documents/DocumentScreen.vue') },
  { path: '/:rest(.*)*', name: 'nowhere', component: () => import('./frame/NowhereScreen.vue') },
]

export const router = createRouter({ history: createWebHistory(), routes })

/** Whether a screen did not come: the service is gone, or has other files since it was updated. */
let broken = false
const tell = (): void => showRefusal(unreachable(t('error.noScreenDo')))
router.onError(() => {
  broken = true
  tell()
})
/** Then the page is loaded as a whole as soon as it can be: what failed once (a style) is not asked for again, and files may have new names. */
router.beforeEach(async (to, from) => {
  if (!broken || to.name === from.name) return true
  await told(api.GET('/api/v1/health')).then(() => location.assign(to.fullPath), tell)
  return false
})
