/** What the page of the endpoints wears over Swagger UI, which is made for wide screens and for documents from anywhere. */

export const logo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 260 40">
  <title>simple-douyin</title>
  <text y="29" font-family="sans-serif" font-size="28" font-weight="700" fill="#fff">simple-douyin</text>
</svg>`

// The page of the package names no viewport, so that a phone would lay it out 980 pixels wide, and calls itself English.
export const script = `
document.documentElement.lang = 'zh-CN'
document.head.append(Object.assign(document.createElement('meta'), {
  name: 'viewport',
  content: 'width=device-width, initial-scale=1',
}))
`

export const style = `
/* There is one document: an address bar for others would only lead astray. The bar stays for the switch to dark. */
.swagger-ui .topbar .download-url-wrapper { display: none }
.swagger-ui .topbar .topbar-wrapper { flex-flow: row; align-items: center; justify-content: space-between }

.swagger-ui .info { margin: 32px 0 }
.swagger-ui .info summary { cursor: pointer; font: 14px sans-serif }
.swagger-ui .info table { margin-top: 12px; width: auto }
.swagger-ui .info table tr :is(th, td, td:first-of-type) { min-width: 0; padding: 3px 24px 3px 0 }
html.dark-mode .swagger-ui .info summary { color: #e4e6e6 }

/* Two buttons stand there beside the title of a form; with their wide margins a phone has no room for the second. */
@media (max-width: 700px) { .swagger-ui .try-out__btn { margin-left: 8px; padding: 5px 12px } }
`
