import 'element-plus/dist/index.css'
import 'element-plus/theme-chalk/dark/css-vars.css'
import './theme/tokens.css'
import './theme/page.css'
import { createApp } from 'vue'
import App from './App.vue'
import { i18n, locale } from './messages'
import { router } from './router'
import { appear } from './theme/appearance'

document.documentElement.lang = locale.value
appear()
createApp(App).use(i18n).use(router).mount('#app')
