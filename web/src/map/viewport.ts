/** What part of the map is seen. */

export interface Size {
  width: number
  height: number
}

/** The point of the map in the middle of the picture, and the pixels that its unit (the distance between dots) takes. */
export interface View {
  x: number
  y: number
  scale: number
}

export interface Point {
  x: number
  y: number
}

export interface Bounds {
  left: number
  top: number
  right: number
  bottom: number
}

export const LARGEST = 140
const SMALLEST = 0.2

export function toScreen(view: View, size: Size, { x, y }: Point): Point {
  return { x: (x - view.x) * view.scale + size.width / 2, y: (y - view.y) * view.scale + size.height / 2 }
}

export function toMap(view: View, size: Size, { x, y }: Point): Point {
  return { x: (x - size.width / 2) / view.scale + view.x, y: (y - size.height / 2) / view.scale + view.y }
}

export function panned(view: View, dx: number, dy: number): View {
  return { ...view, x: view.x - dx / view.scale, y: view.y - dy / view.scale }
}

/** The view zoomed so that the map's point under `at` stays there. */
export function zoomed(view: View, size: Size, factor: number, at: Point): View {
  const fixed = toMap(view, size, at)
  const scale = Math.min(LARGEST, Math.max(SMALLEST, view.scale * factor))
  return {
    x: fixed.x - (at.x - size.width / 2) / scale,
    y: fixed.y - (at.y - size.height / 2) / scale,
    scale,
  }
}

/** The view that shows these bounds whole, `margin` pixels from the rim. */
export function fitted(bounds: Bounds, size: Size, margin = 24): View {
  const wide = Math.max(1, size.width - 2 * margin) / Math.max(1e-6, bounds.right - bounds.left)
  const high = Math.max(1, size.height - 2 * margin) / Math.max(1e-6, bounds.bottom - bounds.top)
  return {
    x: (bounds.left + bounds.right) / 2,
    y: (bounds.top + bounds.bottom) / 2,
    scale: Math.min(LARGEST / 2, Math.max(SMALLEST, Math.min(wide, high))),
  }
}

export function boundsOf(circles: readonly { x: number; y: number; radius: number }[]): Bounds {
  const bounds = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity }
  for (const { x, y, radius } of circles) {
    bounds.left = Math.min(bounds.left, x - radius)
    bounds.top = Math.min(bounds.top, y - radius)
    bounds.right = Math.max(bounds.right, x + radius)
    bounds.bottom = Math.max(bounds.bottom, y + radius)
  }
  return circles.length ? bounds : { left: -1, top: -1, right: 1, bottom: 1 }
}

/** A view as an address keeps it. Views come to rest on what this can tell, so that an address gives the same picture. */
export function viewText({ x, y, scale }: View): string {
  return [x.toFixed(3), y.toFixed(3), scale.toPrecision(5)].map(Number).join(',')
}

export function viewOf(text: string): View | null {
  const [x, y, scale, ...rest] = text.split(',').map((part) => (part.trim() ? Number(part) : NaN))
  const told = [x, y, scale].every((value) => Number.isFinite(value)) && !rest.length
  return told && scale! >= SMALLEST / 2 && scale! <= 2 * LARGEST ? { x: x!, y: y!, scale: scale! } : null
}

export function rested(view: View): View {
  return viewOf(viewText(view)) ?? view
}

/** Between two views: the scale runs evenly in its logarithm, the middle with it. */
export function between(from: View, to: View, share: number): View {
  const scale = from.scale * (to.scale / from.scale) ** share
  const run = from.scale === to.scale ? share : (1 / from.scale - 1 / scale) / (1 / from.scale - 1 / to.scale)
  return { x: from.x + (to.x - from.x) * run, y: from.y + (to.y - from.y) * run, scale }
}
