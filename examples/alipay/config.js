// Where the server of the journal is; see the README. Without one everything works, and changes wait.
module.exports = { server: 'http://127.0.0.1:8788' }
