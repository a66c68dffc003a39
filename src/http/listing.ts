/** A page that links to everything in a folder. */
export function listing(path: string, names: readonly string[]): string {
  const title = escapeHtml(path.endsWith('/') ? path : `${path}/`);
  const links = names.map((name) => `<a href="${href(name)}">${escapeHtml(name)}</a>\n`).join('');
  return `<!doctype html>\n<meta charset="utf-8">\n<title>${title}</title>\n<pre>\n${links}</pre>\n`;
}

/** `./` keeps a name with a colon from being read as a scheme. */
function href(name: string): string {
  const bare = name.replace(/\/$/, '');
  return `./${encodeURIComponent(bare)}${bare === name ? '' : '/'}`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
