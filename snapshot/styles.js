// Style sheets as text and back (see capture.js and revive.js). Adds to `abos` of walker.js.
{
  const ADOPTED = 1, DISABLED = 2, IMPORTED = 4, UNREADABLE = 8, PLAIN = 16, SOURCE = 32;
  const IMPORT_RULE = CSSImportRule;

  const rulesOf = (sheet) => {
    try { return sheet.cssRules; } catch { return null; }  // of another origin
  };
  const textOf = (rules) => {
    let text = "";
    for (let i = 0; i < rules.length; i++) text += (i ? "\n" : "") + rules[i].cssText;
    return text;
  };

  // Whether the rules of a <style> are what its text says: nothing inserted, nothing deleted.
  const asWritten = (owner, rules) => {
    const source = owner.textContent;
    if (!source.trim()) return rules.length === 0;
    const text = textOf(rules), known = compared.get(owner);
    if (known && known.source === source && known.text === text) return known.plain;
    const plain = reads(source, rules);
    compared.set(owner, { source, text, plain });
    return plain;
  };
  const compared = new WeakMap();
  const reads = (source, rules) => {
    const fresh = new CSSStyleSheet();
    fresh.replaceSync(source);
    const again = fresh.cssRules;    // imports are not in it
    let at = 0;
    for (let i = 0; i < rules.length; i++) {
      if (rules[i] instanceof IMPORT_RULE) continue;
      if (at >= again.length || rules[i].cssText !== again[at].cssText) return false;
      at++;
    }
    return at === again.length;
  };

  // A shorthand with a variable in it, of which a later declaration changed a part, is written down
  // as empty declarations.
  const LOSSY = /: ?;/;

  // Calls `note(sheet, owner, flags, text)` for each sheet of a document or shadow root; the owner
  // of an adopted sheet is null.
  abos.sheetsOf = (scope, note) => {
    const one = (sheet, owner, kind) => {
      const rules = rulesOf(sheet);
      const plain = rules && owner && kind === 0 && !sheet.href && asWritten(owner, rules);
      const text = rules && !plain ? textOf(rules) : "";
      const flags = kind | (sheet.disabled ? DISABLED : 0) | (rules ? 0 : UNREADABLE) | (plain ? PLAIN : 0)
        | (sheet.href && LOSSY.test(text) ? SOURCE : 0);
      if (!plain || sheet.disabled) note(sheet, owner, flags, text);
      if (!owner || !rules) return;
      for (const rule of rules) {
        if (!(rule instanceof IMPORT_RULE)) { if (rule instanceof CSSStyleRule) break; continue; }
        if (rule.styleSheet) one(rule.styleSheet, owner, IMPORTED);
      }
    };
    for (const sheet of scope.styleSheets) if (sheet.ownerNode?.nodeType === 1) one(sheet, sheet.ownerNode, 0);
    for (const sheet of scope.adoptedStyleSheets) one(sheet, null, ADOPTED);
  };

  const sheetsBuilt = new WeakMap();
  const documentOf = (scope) => scope.ownerDocument ?? scope;
  // One constructed sheet for all scopes of a document that adopt the same.
  const construct = (scope, { text, media, base, disabled }) => {
    const doc = documentOf(scope), Sheet = doc.defaultView.CSSStyleSheet;
    const key = JSON.stringify([text, media, base, disabled]);
    if (!sheetsBuilt.has(doc)) sheetsBuilt.set(doc, new Map());
    const built = sheetsBuilt.get(doc);
    let sheet = built.get(key);
    if (!sheet) {
      const options = { media, disabled };
      try { sheet = new Sheet(base ? { ...options, baseURL: base } : options); }
      catch { sheet = new Sheet(options); }
      sheet.replaceSync(text);
      built.set(key, sheet);
    }
    return sheet;
  };

  const rewrite = (sheet, text) => {
    const rules = rulesOf(sheet);
    if (!rules || textOf(rules) === text) return;
    const fresh = new CSSStyleSheet();
    fresh.replaceSync(text);
    const imports = [...rules].filter((rule) => rule instanceof IMPORT_RULE).length;
    while (rules.length > imports) sheet.deleteRule(rules.length - 1);
    for (const rule of fresh.cssRules) sheet.insertRule(rule.cssText, sheet.cssRules.length);
  };

  // Puts the sheets of one scope back: `wanted` in the order that `sheetsOf` gave.
  abos.dress = (scope, wanted, ownerAt) => {
    const adopted = [];
    for (const { at, flags, text, media, base } of wanted) {
      const disabled = (flags & DISABLED) !== 0;
      if (flags & ADOPTED) { adopted.push(construct(scope, { text, media, base, disabled })); continue; }
      const sheet = ownerAt(at)?.sheet;
      if (flags & IMPORTED) continue;
      if (!sheet) {    // refused by the browser: at least its rules count, if later than they did
        if (text) adopted.unshift(construct(scope, { text, media, base, disabled }));
        continue;
      }
      if (!(flags & (PLAIN | UNREADABLE | SOURCE))) rewrite(sheet, text);
      if (sheet.media.mediaText !== media) sheet.media.mediaText = media;
      if (sheet.disabled !== disabled) sheet.disabled = disabled;
    }
    if (adopted.length || scope.adoptedStyleSheets.length) scope.adoptedStyleSheets = adopted;
  };

  const eachRule = (rules, visit) => {
    for (const rule of rules) {
      visit(rule);
      const inner = rule.cssRules ?? (rule.styleSheet && rulesOf(rule.styleSheet));
      if (inner?.length) eachRule(inner, visit);
    }
  };

  const SCRIPTING = [[/\(\s*scripting\s*(:\s*enabled\s*)?\)/g, "(min-width: 0px)"],
    [/\(\s*scripting\s*:\s*(none|initial-only)\s*\)/g, "(max-width: -1px)"]];

  // No element is defined where no script runs, and media queries may ask for scripts too; rules
  // that ask are told what was true.
  abos.answer = (scope, undefinedNames) => {
    const instead = undefinedNames.length ? `:not(${undefinedNames.map((name) => CSS.escape(name)).join(",")})` : ":is(*)";
    const visit = (rule) => {
      const selector = rule.selectorText;
      const media = rule.media?.mediaText;
      if (media?.includes("scripting")) {
        rule.media.mediaText = SCRIPTING.reduce((text, [ask, told]) => text.replace(ask, told), media);
      }
      if (selector?.includes(":defined")) rule.selectorText = selector.replaceAll(":defined", instead);
    };
    for (const sheet of [...scope.styleSheets, ...scope.adoptedStyleSheets]) {
      const rules = rulesOf(sheet);
      if (rules) eachRule(rules, visit);
    }
  };

  const path = (el) => {
    const steps = [];
    for (let at = el; at?.nodeType === 1; at = at.parentElement) {
      steps.push(at.parentElement ? `*:nth-child(${1 + [...at.parentElement.children].indexOf(at)})`
        : at.parentNode?.nodeType === 9 ? ":root" : `*:nth-child(${1 + [...at.parentNode.children].indexOf(at)})`);
    }
    return steps.reverse().join(" > ");
  };

  // Where no script runs, browsers show <noscript>, controls on every video, and in place of a
  // canvas what is inside it. This makes them look as they did.
  abos.asIfScripted = (scope, canvases) => {
    const rules = [];
    if (scope.querySelector("noscript")) rules.push("noscript { display: none !important }");
    if (scope.querySelector("video:not([controls])")) {
      rules.push("video:not([controls])::-webkit-media-controls { display: none !important }");
    }
    for (const [el, url] of canvases) {
      if (el.getRootNode() === scope) rules.push(`${path(el)} { content: url("${url}") !important }`);
    }
    if (!rules.length) return;
    const sheet = { text: rules.join("\n"), media: "", base: "", disabled: false };
    scope.adoptedStyleSheets = [...scope.adoptedStyleSheets, construct(scope, sheet)];
  };
}
