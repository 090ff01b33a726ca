// Runs the JavaScript samples as scripts of one page and prints what became of them.
//   node run_samples.js fetch ORIGIN KEY BURST    BURST requests first, to use the quota up
//   node run_samples.js messages CODE...
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');

function load(name, origin = '') {
  const source = fs.readFileSync(path.join(__dirname, name), 'utf8');
  vm.runInThisContext(source.replaceAll('https://api.connix.io', origin), name);
}

async function fetchProjectsOf(origin, key, burst) {
  load('connix_api_error.js');
  load('fetch_projects.js', origin);
  for (let sent = 0; sent < burst; sent += 1) {
    await fetch(`${origin}/api/v1/hello`, { headers: { 'X-API-Key': key } });
  }
  const logged = [];
  console.error = (label) => logged.push(label);
  const data = await vm.runInThisContext('fetchProjects')(key);
  return { data, logged, thrown: vm.runInThisContext('ConnixAPIError.seen') };
}

function messagesOf(codes) {
  load('error_messages.js');
  return codes.map(vm.runInThisContext('getErrorMessage'));
}

const [what, ...given] = process.argv.slice(2);
const done = what === 'messages' ? messagesOf(given) : fetchProjectsOf(...given);
Promise.resolve(done).then((result) => console.log(JSON.stringify(result)));
