/** The screens, each a file of its own that is loaded when it is opened. */
import { createRouter, createWebHistory, type RouteRecordRaw } from 'vue-router'

const routes: RouteRecordRaw[] = [
  { path: '/', name: 'home', component: () => import('./home/HomeScreen.vue') },
  { path: '/map', name: 'map', component: () => import('./map/MapScreen.vue') },
  { path: '/partners', name: 'partners', component: () => import('./partners/PartnersScreen.vue') },
  { path: '/group', name: 'group', component: () => import('./groups/GroupScreen.vue') },
  { path: '/things', name: 'things', component: () => import('./things/ThingsScreen.vue') },
  { path: '/pairs', name: 'pairs', component: () => import('./things/PairsScreen.vue') },
  { path: '/unnamed', name: 'unnamed', component: () => import('./things/UnnamedScreen.vue') },
  { path: '/gaps', name: 'gaps', component: () => import('./things/GapsScreen.vue') },
  { path: '/t/:id', name: 'thing', component: () => import('./thing/ThingScreen.vue') },
  { path: '/d', name: 'documents', component: () => import('./documents/DocumentsScreen.vue') },
  { path: '/d/:id', name: 'document', component: () => import('./documents/DocumentScreen.vue') },
  { path: '/:rest(.*)*', name: 'nowhere', component: () => import('./frame/NowhereScreen.vue') },
]

export const router = createRouter({ history: createWebHistory(), routes })
