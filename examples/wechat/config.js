// Where the server of the journal is; see the README. Without one everything works but what needs others:
// changes and photos wait until it is there.
module.exports = { server: 'http://127.0.0.1:8788' }
