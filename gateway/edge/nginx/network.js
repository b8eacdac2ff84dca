// The keyed hash of a caller's network, by the module njs: 16 hexadecimal digits.

import crypto from 'crypto';

function hash(request) {
    return crypto.createHmac('sha256', '@ADDRESS_KEY@').update(request.rawVariables.network)
        .digest('hex').slice(0, 16);
}

export default {hash};
