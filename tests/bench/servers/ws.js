// ws.js - a broadcast server with node's `ws`: rooms by path, each message to all in the room
// SPDX-License-Identifier: MIT
'use strict';

const { WebSocketServer } = require('ws');

const rooms = new Map();
const server = new WebSocketServer({
	host: '127.0.0.1',
	port: Number(process.argv[2]),
	backlog: 4096,
	perMessageDeflate: false,
	clientTracking: false,
});

function roomOf(path) {
	let room = rooms.get(path);
	if (!room)
		rooms.set(path, (room = new Set()));
	return room;
}

server.on('connection', (socket, request) => {
	const room = roomOf(request.url);

	room.add(socket);
	socket.on('message', (data, binary) => {
		for (const member of room)
			member.send(data, { binary });
	});
	socket.on('close', () => room.delete(socket));
});
server.on('listening', () => console.log(`port ${server.address().port}`));
