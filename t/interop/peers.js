// npm mailauth for dkim.t: standard input is a JSON list of jobs, standard output the list of
// answers. A job: {text (base64), key, algorithm, domain, selector, canon} to sign, or
// {text, name, record} to verify.
'use strict';
const { dkimSign } = require('mailauth/lib/dkim/sign');
const { dkimVerify } = require('mailauth/lib/dkim/verify');

async function run(job) {
    const text = Buffer.from(job.text, 'base64');
    if (job.key) {
        const { signatures, errors } = await dkimSign(text, {
            canonicalization: job.canon,
            signatureData: [{
                signingDomain: job.domain, selector: job.selector, privateKey: job.key,
                algorithm: job.algorithm, canonicalization: job.canon
            }]
        });
        if (errors.length) {
            throw errors[0].err || new Error('cannot sign');
        }
        return Buffer.concat([Buffer.from(signatures, 'binary'), text]).toString('base64');
    }
    const resolver = async (name, type) => {
        if (type === 'TXT' && name.toLowerCase() === job.name) {
            return [[job.record]];
        }
        throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
    };
    const { results } = await dkimVerify(text, { resolver });
    return results.map(one => one.status.result + (one.status.comment ? ' ' + one.status.comment : '')).join(',');
}

(async () => {
    const jobs = JSON.parse(require('fs').readFileSync(0, 'utf8'));
    const answers = [];
    for (const job of jobs) {
        answers.push(await run(job));
    }
    process.stdout.write(JSON.stringify(answers));
})().catch(err => {
    console.error(err);
    process.exit(1);
});
