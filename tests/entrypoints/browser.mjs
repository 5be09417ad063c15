// Drives a real Chromium over the pages. Prints one JSON document: per claim, what was found.
// node browser.mjs BASE TOKEN CASE PICTURES(or -) [CASES...]
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const [base, token, caseId, pictures, ...more] = process.argv.slice(2);
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

const kind = "/prognose/first_application";
const outlook = ["/prognose", "/prognose/begrippen", kind, `${kind}/sommen?van=2026-12&tot=2027-02&reeks=SYR&reeks=ERI`,
  `${kind}/sommen?van=2027-02&tot=2026-12`, `${kind}/scenarios`, `${kind}/terugblik`];
const paths = ["/vandaag", "/vandaag?toon=gekozen", "/dossiers", `/zaken/${caseId}`, ...more.map((id) => `/zaken/${id}`), ...outlook];
const wide = await open(1280, 900);
const narrow = await open(375, 800);
for (const path of [...paths, "/inloggen", "/unheard-of"]) {
  found.axe[path] = [...(await check(wide, path)), ...(await check(narrow, path))];
  found.width[path] = await narrow.evaluate(() => document.scrollingElement.scrollWidth - window.innerWidth);
}
// A page that is not there, and a window turned round, answer 404 and 400: the browser says so in its console.
found.console = found.console.filter((text) => !/status of 40[04]/.test(text));

if (pictures !== "-") {
  const shots = [["vandaag", "/vandaag"], ["zaak", `/zaken/${caseId}`], ["prognose", "/prognose"],
    ["prognose-soort", kind], ["prognose-sommen", `${kind}/sommen`], ["prognose-scenarios", `${kind}/scenarios`],
    ["prognose-terugblik", `${kind}/terugblik`]];
  for (const [name, path] of shots) {
    await wide.goto(base + path);
    const tall = name === "prognose-soort" || name === "prognose-scenarios";
    const clip = tall ? { clip: { x: 0, y: 0, width: 1280, height: 1250 } } : {};
    await wide.screenshot({ path: `${pictures}/${name}.png`, fullPage: true, ...clip });
    if (process.env.NARROW) {
      await narrow.goto(base + path);
      await narrow.screenshot({ path: `${process.env.NARROW}/${name}-smal.png`, fullPage: true });
    }
  }
}

// The sum of one nationality over another window, with Tab, Space and the arrow keys alone.
await wide.goto(`${base}${kind}/sommen`);
found.keyboard.until = await tabTo(wide, `document.activeElement.id === "tot"`);
await wide.keyboard.press("ArrowUp");
found.keyboard.group = await tabTo(wide, `document.activeElement.value === "SYR"`);
await wide.keyboard.press("Space");
found.keyboard.reckon = await tabTo(wide, `document.activeElement.tagName === "BUTTON"`);
await Promise.all([wide.waitForNavigation(), wide.keyboard.press("Enter")]);
found.keyboard.summed = wide.url().includes("reeks=SYR") && (await wide.textContent("#uitkomst")).startsWith("Syrië");

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
