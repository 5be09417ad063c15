// Drives a real Chromium over the pages. Prints one JSON document: per claim, what was found.
// node browser.mjs BASE TOKEN CASE PICTURES(or -)
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [base, token, caseId, pictures] = process.argv.slice(2);
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const flags = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run",
  "--disable-sync", "--disable-quic", "--disable-component-update"];
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: flags });
const found = { axe: {}, width: {}, console: [], outside: [], keyboard: {} };

async function open(width, height) {
  // axe has to be put into the page; the pages themselves are served without bypass, see `console`.
  const context = await browser.newContext({ viewport: { width, height }, bypassCSP: false, locale: "nl-NL" });
  const page = await context.newPage();
  page.on("console", (message) => { if (message.type() === "error") found.console.push(message.text()); });
  page.on("request", (request) => { if (!request.url().startsWith(base)) found.outside.push(request.url()); });
  await page.goto(`${base}/inloggen?token=${token}`);
  return page;
}

async function check(page, path) {
  await page.goto(base + path);
  const result = await page.evaluate(`${axe}; axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })`);
  return result.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(" ")).slice(0, 3).join(" | ")}`);
}

// The fewest presses of Tab until what has focus fits; a person without a mouse does the same.
async function tabTo(page, fits, most = 150) {
  for (let presses = 0; presses < most; presses++) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(fits)) return true;
  }
  return false;
}

const paths = ["/vandaag", "/vandaag?toon=gekozen", `/zaken/${caseId}`, "/prognose"];
const wide = await open(1280, 900);
const narrow = await open(375, 800);
for (const path of [...paths, "/inloggen", "/unheard-of"]) {
  found.axe[path] = [...(await check(wide, path)), ...(await check(narrow, path))];
  found.width[path] = await narrow.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
}
found.console = found.console.filter((text) => !text.includes("404"));

if (pictures !== "-") {
  for (const [name, path] of [["vandaag", "/vandaag"], ["zaak", `/zaken/${caseId}`], ["prognose", "/prognose"]]) {
    await wide.goto(base + path);
    await wide.screenshot({ path: `${pictures}/${name}.png`, fullPage: name !== "prognose" });
    if (name === "prognose") await wide.screenshot({ path: `${pictures}/${name}.png`, clip: { x: 0, y: 0, width: 1280, height: 1250 }, fullPage: true });
    await narrow.goto(base + path);
    await narrow.screenshot({ path: `${process.env.NARROW ?? pictures}/${name}-smal.png`, fullPage: true });
  }
}

await wide.goto(`${base}/vandaag`);
await wide.keyboard.press("Tab");
found.keyboard.skip = await wide.evaluate(() => document.activeElement.className === "skip");
found.keyboard.case = await tabTo(wide, `document.activeElement.getAttribute("href") === "/zaken/${caseId}"`);
await wide.keyboard.press("Enter");
await wide.waitForURL(`**/zaken/${caseId}`);
found.keyboard.radio = await tabTo(wide, `document.activeElement.name === "choice"`);
await wide.keyboard.press("Space");
await wide.keyboard.press("ArrowDown");
const chosen = await wide.evaluate(() => document.querySelector("input[name=choice]:checked")?.value);
found.keyboard.reason = await tabTo(wide, `document.activeElement.id === "reason_code"`);
await wide.keyboard.press("ArrowDown");
await wide.keyboard.press("ArrowDown");
found.keyboard.text = await tabTo(wide, `document.activeElement.id === "reason_text"`);
await wide.keyboard.type("Met het toetsenbord gekozen");
found.keyboard.button = await tabTo(wide, `document.activeElement.tagName === "BUTTON"`);
await Promise.all([wide.waitForNavigation(), wide.keyboard.press("Enter")]);
found.keyboard.decided = (await wide.textContent("main")).includes("Met het toetsenbord gekozen");
found.keyboard.chosen = Boolean(chosen);
await browser.close();
console.log(JSON.stringify(found));
