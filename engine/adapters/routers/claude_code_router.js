// Written by modelpick; the models and shares are in config.json under "modelpick".
// Claude Code asks for thinking with every request, so the label comes from the model family.
// A session stays with one model: changing it mid-way would throw its prompt cache away.

// Router.* has the last word: labels of its own, and models that someone has put in by hand.
const labels = (router, planned) => {
  const routes = {};
  for (const name of ["default", "background", "think", "longContext", "webSearch", "image"]) {
    const mix = planned[name] || [];
    const model = router[name];
    if (typeof model === "string" && model) routes[name] = mix.some(([one]) => one === model) ? mix : [[model, 1]];
  }
  return routes;
};

const label = (req, routes, threshold) => {
  const body = req.body || {};
  const model = String(body.model || "");
  const has = (name) => routes[name] !== undefined;
  const last = (body.messages || []).filter((m) => m && m.role === "user").slice(-1)[0];
  const parts = last && Array.isArray(last.content) ? last.content : [];
  if (has("image") && parts.some((part) => part && part.type === "image")) return "image";
  if (has("longContext") && (req.tokenCount || 0) > threshold) return "longContext";
  if (has("background") && model.includes("haiku")) return "background";
  const tools = Array.isArray(body.tools) ? body.tools : [];
  if (has("webSearch") && tools.some((t) => String((t && t.type) || "").startsWith("web_search"))) return "webSearch";
  if (has("think") && model.includes("opus")) return "think";
  return has("default") ? "default" : Object.keys(routes)[0];
};

const session = (req) => {
  const user = (req.body && req.body.metadata && req.body.metadata.user_id) || "";
  try {
    return req.sessionId || JSON.parse(user).session_id || user;
  } catch {
    return req.sessionId || user;
  }
};

// 0 <= fraction < 1, the same for the same text: FNV-1a, then murmur's last mixing, all unsigned.
const fraction = (text) => {
  let hash = 2166136261;
  for (const character of text) hash = Math.imul(hash ^ character.codePointAt(0), 16777619);
  hash = Math.imul(hash ^ (hash >>> 16), 2246822507);
  hash = Math.imul(hash ^ (hash >>> 13), 3266489909);
  return ((hash ^ (hash >>> 16)) >>> 0) / 4294967296;
};

module.exports = async (req, config) => {
  const { routes: planned, threshold } = config.modelpick;
  const routes = labels(config.Router || {}, planned);
  const first = (req.body && req.body.system && req.body.system[1] && req.body.system[1].text) || "";
  if (String(req.body.model).includes(",") || String(first).startsWith("<CCR-SUBAGENT-MODEL>")) return null;
  const name = label(req, routes, threshold);
  // claude-code-router would take every request that a custom router places for `default` when it fails.
  Object.defineProperty(req, "scenarioType", { configurable: true, get: () => name, set: () => {} });
  const id = session(req);
  let left = id ? fraction(`${name} ${id}`) : Math.random();
  for (const [model, share] of routes[name]) {
    left -= share;
    if (left < 0) return model;
  }
  return routes[name][0][0];
};
